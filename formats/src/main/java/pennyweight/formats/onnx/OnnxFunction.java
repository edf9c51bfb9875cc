package pennyweight.formats.onnx;

import java.util.List;

/**
 * FunctionProto: what an operator is made of, for a runtime that has no kernel of that domain and
 * name.
 *
 * @param attributes names of the attributes that a call may carry
 */
public record OnnxFunction(
        String domain,
        String name,
        List<String> inputs,
        List<String> outputs,
        List<String> attributes,
        List<OnnxNode> nodes,
        List<OnnxOpset> opsets) {
    public OnnxFunction {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
        nodes = List.copyOf(nodes);
        opsets = List.copyOf(opsets);
    }
}
