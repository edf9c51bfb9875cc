package pennyweight.converter.target;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.formats.onnx.OnnxValueInfo;

/** Names the nodes, attributes and initializers in which an ONNX model differs from another. */
final class GraphDifferences {
    private static final int LONGEST_VALUE = 60;

    private final List<String> lines = new ArrayList<>();

    private GraphDifferences() {}

    /** A line for each difference. */
    static List<String> of(OnnxModel actual, OnnxModel planned) {
        GraphDifferences differences = new GraphDifferences();
        differences.compare("opsets", actual.opsets(), planned.opsets());
        differences.compare("properties", actual.metadataProps(), planned.metadataProps());
        differences.graph(actual.graph(), planned.graph());
        differences.compare("functions", actual.functions(), planned.functions());
        return differences.lines;
    }

    private void graph(OnnxGraph actual, OnnxGraph planned) {
        named("initializer ", actual.initializers(), planned.initializers(), OnnxTensor::name);
        named("input ", actual.inputs(), planned.inputs(), OnnxValueInfo::name);
        named("output ", actual.outputs(), planned.outputs(), OnnxValueInfo::name);
        Map<String, OnnxNode> byOutput = byName(actual.nodes(), GraphDifferences::key);
        Map<String, OnnxNode> wanted = byName(planned.nodes(), GraphDifferences::key);
        for (OnnxNode node : planned.nodes()) {
            OnnxNode own = byOutput.get(key(node));
            if (own == null) {
                lines.add("has no " + label(node));
            } else {
                node(own, node);
            }
        }
        for (OnnxNode node : actual.nodes()) {
            if (!wanted.containsKey(key(node))) {
                lines.add("has " + label(node) + ", which is not planned");
            }
        }
    }

    /** A node is known by what it makes. */
    private static String key(OnnxNode node) {
        return String.join(" ", node.outputs());
    }

    private static String label(OnnxNode node) {
        return "node " + (node.name().isEmpty() ? key(node) : node.name()) + " (" + node.op() + ")";
    }

    private void node(OnnxNode actual, OnnxNode planned) {
        String label = label(planned);
        compare(label + " operator", actual.op(), planned.op());
        int inputs = Math.max(actual.inputs().size(), planned.inputs().size());
        for (int i = 0; i < inputs; i++) {
            compare(
                    label + " input " + i,
                    i < actual.inputs().size() ? actual.inputs().get(i) : "",
                    i < planned.inputs().size() ? planned.inputs().get(i) : "");
        }
        named(
                label + " attribute ",
                actual.attributes(),
                planned.attributes(),
                OnnxAttribute::name);
    }

    private <T> void named(String what, List<T> actual, List<T> planned, Function<T, String> name) {
        Map<String, T> own = byName(actual, name);
        Map<String, T> wanted = byName(planned, name);
        wanted.forEach((n, value) -> {
            T is = own.get(n);
            if (is == null) {
                lines.add("has no " + what + n);
            } else {
                compare(what + n, is, value);
            }
        });
        own.keySet().stream()
                .filter(n -> !wanted.containsKey(n))
                .forEach(n -> lines.add("has " + what + n + ", which is not planned"));
    }

    private static <T> Map<String, T> byName(List<T> values, Function<T, String> name) {
        Map<String, T> all = new LinkedHashMap<>();
        values.forEach(v -> all.put(name.apply(v), v));
        return all;
    }

    private void compare(String what, Object actual, Object planned) {
        if (!actual.equals(planned)) {
            lines.add(
                    "has "
                            + what
                            + " "
                            + clipped(actual)
                            + ", where "
                            + clipped(planned)
                            + " is planned");
        }
    }

    private static String clipped(Object value) {
        String line = JsonFile.printable(value.toString());
        return line.isEmpty()
                ? "(none)"
                : line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "...";
    }
}
