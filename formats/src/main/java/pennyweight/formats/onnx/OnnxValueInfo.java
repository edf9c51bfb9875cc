package pennyweight.formats.onnx;

import java.util.List;
import pennyweight.formats.DType;

/** ValueInfoProto: an input or output of a graph, always a tensor. */
public record OnnxValueInfo(String name, DType dtype, List<OnnxDimension> dimensions) {
    public OnnxValueInfo {
        dimensions = List.copyOf(dimensions);
    }
}
