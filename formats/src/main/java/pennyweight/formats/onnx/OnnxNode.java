package pennyweight.formats.onnx;

import java.util.List;

/**
 * NodeProto: one operator.
 *
 * @param domain "" for ONNX's own operators
 * @param inputs names of values; "" where an optional input is left out
 * @param outputs names of values; "" where an optional output is left out
 */
public record OnnxNode(
        String op,
        String domain,
        String name,
        List<String> inputs,
        List<String> outputs,
        List<OnnxAttribute> attributes) {
    public OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
    }
}
