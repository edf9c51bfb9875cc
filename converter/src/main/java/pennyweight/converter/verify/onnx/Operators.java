package pennyweight.converter.verify.onnx;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import pennyweight.formats.onnx.OnnxNode;

/** The operators by domain and name. */
final class Operators {
    /** Domain of ONNX Runtime's own operators. */
    static final String CONTRIB = "com.microsoft";

    private static final Map<String, Operator> ALL = new HashMap<>();

    static {
        ShapeOperators.register(Operators::add);
        ElementOperators.register(Operators::add);
        ProductOperators.register(Operators::add);
        MixerOperators.register(Operators::add);
    }

    private Operators() {}

    interface Registry {
        void add(String domain, String op, Operator operator);
    }

    private static void add(String domain, String op, Operator operator) {
        ALL.put(domain + ':' + op, operator);
    }

    static Optional<Operator> find(OnnxNode node) {
        return Optional.ofNullable(ALL.get(node.domain() + ':' + node.op()));
    }
}
