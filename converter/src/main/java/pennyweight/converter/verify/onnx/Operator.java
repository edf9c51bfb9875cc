package pennyweight.converter.verify.onnx;

import java.util.List;

/** What an operator computes: the values of its outputs, in order, as many as the node names. */
@FunctionalInterface
interface Operator {
    List<Value> apply(NodeCall call);
}
