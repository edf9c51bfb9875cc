package pennyweight.formats.onnx;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ModelProto.
 *
 * @param irVersion of the file format; 10 came with ONNX 1.16
 * @param metadataProps free keys and values, in the order of the file
 */
public record OnnxModel(
        long irVersion,
        String producerName,
        String producerVersion,
        List<OnnxOpset> opsets,
        OnnxGraph graph,
        List<OnnxFunction> functions,
        Map<String, String> metadataProps) {
    public OnnxModel {
        opsets = List.copyOf(opsets);
        functions = List.copyOf(functions);
        metadataProps = Collections.unmodifiableMap(new LinkedHashMap<>(metadataProps));
    }
}
