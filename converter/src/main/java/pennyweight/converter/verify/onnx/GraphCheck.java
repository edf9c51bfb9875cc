package pennyweight.converter.verify.onnx;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import pennyweight.formats.Refusal;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxOpset;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.formats.onnx.OnnxValueInfo;

/**
 * The rules of a graph that no single node can break: every value is made once and before it is
 * used, and nothing is made for nobody.
 */
final class GraphCheck {
    private static final Map<String, Long> OPSETS = Map.of("", 21L, Operators.CONTRIB, 1L);

    private final Path file;
    private final OnnxGraph graph;
    private final Set<String> made = new HashSet<>();
    private final Set<String> used = new HashSet<>();

    private GraphCheck(Path file, OnnxGraph graph) {
        this.file = file;
        this.graph = graph;
    }

    /**
     * Checks the graph of a file.
     *
     * @throws Refusal that names the node or value
     */
    static void check(Path file, OnnxModel model) {
        checkOpsets(file, model.opsets());
        new GraphCheck(file, model.graph()).check();
    }

    private static void checkOpsets(Path file, List<OnnxOpset> opsets) {
        Map<String, Long> versions = new HashMap<>();
        for (OnnxOpset s : opsets) {
            if (versions.put(s.domain(), s.version()) != null) {
                throw Refusal.badInput(
                        file,
                        "imports the domain '" + NodeCall.printable(s.domain()) + "' twice",
                        "write the file again");
            }
        }
        if (!versions.equals(OPSETS)) {
            throw Refusal.notSupported(
                    file,
                    "imports the operator sets " + NodeCall.printable(versions.toString()),
                    "operators are known of " + OPSETS);
        }
    }

    private void check() {
        for (OnnxValueInfo v : graph.inputs()) {
            make(v.name(), "");
        }
        for (OnnxTensor t : graph.initializers()) {
            make(t.name(), "");
        }
        for (OnnxNode n : graph.nodes()) {
            if (Operators.find(n).isEmpty()) {
                throw NodeCall.fail(
                        file, n, "is of no known operator of '" + n.domain().strip() + "'");
            }
            for (String in : n.inputs()) {
                if (!in.isEmpty() && !made.contains(in)) {
                    throw NodeCall.fail(
                            file, n, "wants " + NodeCall.printable(in) + ", which no node makes");
                }
                used.add(in);
            }
            for (String out : n.outputs()) {
                if (!out.isEmpty()) {
                    make(out, " by " + NodeCall.printable(n.name()));
                }
            }
        }
        Set<String> outputs = new HashSet<>();
        for (OnnxValueInfo v : graph.outputs()) {
            if (!made.contains(v.name()) || !outputs.add(v.name())) {
                throw bad("output " + v.name() + " is made by no node, or listed twice");
            }
        }
        used.addAll(outputs);
        for (OnnxValueInfo v : graph.inputs()) {
            if (!used.contains(v.name())) {
                throw bad("input " + v.name() + " is used by no node");
            }
        }
        for (OnnxTensor t : graph.initializers()) {
            if (!used.contains(t.name())) {
                throw bad("tensor " + t.name() + " is used by no node");
            }
        }
        for (OnnxNode n : graph.nodes()) {
            if (n.outputs().stream().noneMatch(used::contains)) {
                throw NodeCall.fail(file, n, "makes what no node uses");
            }
        }
    }

    private void make(String name, String where) {
        if (name.isEmpty() || !made.add(name)) {
            throw bad("value '" + name + "' is made twice, or has no name" + where);
        }
    }

    private Refusal bad(String problem) {
        return Refusal.badInput(file, NodeCall.printable(problem), "write the file again");
    }
}
