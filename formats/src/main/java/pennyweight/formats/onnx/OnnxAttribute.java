package pennyweight.formats.onnx;

import java.util.List;

/** AttributeProto: a constant of a node. The kinds that a decoder graph needs. */
public sealed interface OnnxAttribute {
    String name();

    record IntValue(String name, long value) implements OnnxAttribute {}

    record FloatValue(String name, float value) implements OnnxAttribute {}

    record StringValue(String name, String value) implements OnnxAttribute {}

    record IntsValue(String name, List<Long> values) implements OnnxAttribute {
        public IntsValue {
            values = List.copyOf(values);
        }
    }

    record FloatsValue(String name, List<Float> values) implements OnnxAttribute {
        public FloatsValue {
            values = List.copyOf(values);
        }
    }

    record TensorValue(String name, OnnxTensor value) implements OnnxAttribute {}

    /** A graph inside a node: the body of a Scan. */
    record GraphValue(String name, OnnxGraph value) implements OnnxAttribute {}

    static OnnxAttribute of(String name, long value) {
        return new IntValue(name, value);
    }

    static OnnxAttribute of(String name, float value) {
        return new FloatValue(name, value);
    }

    static OnnxAttribute of(String name, String value) {
        return new StringValue(name, value);
    }

    static OnnxAttribute ints(String name, Long... values) {
        return new IntsValue(name, List.of(values));
    }
}
