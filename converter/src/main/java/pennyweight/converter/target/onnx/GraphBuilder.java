package pennyweight.converter.target.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxDimension;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.formats.onnx.OnnxValueInfo;

/** Gathers the nodes, constants, inputs and outputs of a graph, and gives each value its name. */
final class GraphBuilder {
    /** Domain of ONNX Runtime's own operators. */
    static final String CONTRIB = "com.microsoft";

    private final List<OnnxNode> nodes = new ArrayList<>();
    private final Map<String, OnnxTensor> constants = new LinkedHashMap<>();
    private final List<OnnxValueInfo> inputs = new ArrayList<>();
    private final List<OnnxValueInfo> outputs = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private String scope = "";

    /** What names of values begin with from now on, for people who look at the graph. */
    void scope(String name) {
        scope = name;
    }

    /** A node of ONNX's own operators with one output. */
    String node(String op, List<String> in, OnnxAttribute... attributes) {
        return node(op, "", in, attributes);
    }

    /** A node with one output. */
    String node(String op, String domain, List<String> in, OnnxAttribute... attributes) {
        String out = fresh(op);
        node(op, domain, in, List.of(out), attributes);
        return out;
    }

    void node(
            String op,
            String domain,
            List<String> in,
            List<String> out,
            OnnxAttribute... attributes) {
        // An operator writes no more than one value that is never left out: its first.
        String name = "node/" + out.getFirst();
        nodes.add(new OnnxNode(op, domain, name, in, out, List.of(attributes)));
    }

    /** A name that no other value has. */
    String fresh(String label) {
        String stem = scope + "/" + label;
        int n = labels.merge(stem, 1, Integer::sum);
        return n == 1 ? stem : stem + "_" + n;
    }

    /** A constant list; it stays in the graph, since shape inference must see it. */
    String list(long... values) {
        String name = "const/" + Arrays.toString(values).replace(" ", "");
        constants.putIfAbsent(name, OnnxTensor.longs(name, Shape.of(values.length), values));
        return name;
    }

    String scalar(long value) {
        String name = "const/" + value;
        constants.putIfAbsent(name, OnnxTensor.longs(name, Shape.of(), value));
        return name;
    }

    /** A constant vector. */
    String vector(String label, float... values) {
        String name = "const/" + label;
        OnnxTensor tensor = OnnxTensor.floats(name, Shape.of(values.length), values);
        OnnxTensor before = constants.putIfAbsent(name, tensor);
        if (before != null && !before.equals(tensor)) {
            throw new IllegalStateException("two constants are called " + name);
        }
        return name;
    }

    String input(String name, DType dtype, OnnxDimension... dimensions) {
        inputs.add(new OnnxValueInfo(name, dtype, List.of(dimensions)));
        return name;
    }

    String output(String name, DType dtype, OnnxDimension... dimensions) {
        outputs.add(new OnnxValueInfo(name, dtype, List.of(dimensions)));
        return name;
    }

    OnnxGraph build(String name, List<OnnxTensor> weights) {
        List<OnnxTensor> initializers = new ArrayList<>(constants.values());
        initializers.addAll(weights);
        return new OnnxGraph(name, nodes, initializers, inputs, outputs);
    }
}
