package pennyweight.converter.verify.onnx;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pennyweight.converter.model.DeltaShape;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.target.onnx.FallbackFunctions;
import pennyweight.formats.Refusal;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxDimension;
import pennyweight.formats.onnx.OnnxFunction;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;

/**
 * The bodies that older runtimes take for operators they lack. They are not evaluated here, where
 * every operator has a kernel: those of a file must be the known ones, for the sizes that its nodes
 * have.
 */
final class FunctionCheck {
    private final Path file;
    private final OnnxGraph graph;

    private FunctionCheck(Path file, OnnxGraph graph) {
        this.file = file;
        this.graph = graph;
    }

    /**
     * Checks the functions of a file.
     *
     * @throws Refusal that names the function
     */
    static void check(Path file, OnnxModel model) {
        FunctionCheck check = new FunctionCheck(file, model.graph());
        Set<String> seen = new HashSet<>();
        for (OnnxFunction f : model.functions()) {
            if (!seen.add(f.name())) {
                throw check.bad(f, "is there twice");
            }
            check.check(f);
        }
    }

    private void check(OnnxFunction f) {
        boolean used = false;
        for (OnnxNode n : graph.nodes()) {
            if (n.op().equals(f.name()) && n.domain().equals(f.domain())) {
                used = true;
                if (!known(n).equals(Optional.of(f))) {
                    throw bad(f, "is not the known body for node " + n.name());
                }
            }
        }
        if (!used) {
            throw bad(f, "is used by no node");
        }
    }

    private Optional<OnnxFunction> known(OnnxNode n) {
        if (!n.domain().equals(Operators.CONTRIB) || n.inputs().size() < 4) {
            return Optional.empty();
        }
        List<Long> state = stateSizes(n.inputs().get(3));
        if (n.op().equals("CausalConvWithState") && state.size() == 2) {
            return Optional.of(FallbackFunctions.causalConv(state.getFirst(), state.getLast() + 1));
        }
        if (n.op().equals("LinearAttention") && state.size() == 3 && keyHeads(n) > 0) {
            return Optional.of(
                    FallbackFunctions.linearAttention(
                            new DeltaShape(
                                    keyHeads(n),
                                    state.getFirst().intValue(),
                                    state.get(1).intValue(),
                                    state.getLast().intValue(),
                                    HeadOrder.GROUPED)));
        }
        return Optional.empty();
    }

    /** The fixed dimensions of an input of the graph, without the batch. */
    private List<Long> stateSizes(String input) {
        return graph.inputs().stream()
                .filter(v -> v.name().equals(input))
                .flatMap(v -> v.dimensions().stream().skip(1))
                .filter(OnnxDimension.Fixed.class::isInstance)
                .map(d -> ((OnnxDimension.Fixed) d).size())
                .filter(size -> size < Integer.MAX_VALUE)
                .toList();
    }

    private static int keyHeads(OnnxNode n) {
        for (OnnxAttribute a : n.attributes()) {
            if (a instanceof OnnxAttribute.IntValue(String name, long value)
                    && name.equals("q_num_heads")) {
                return Math.clamp(value, 0, Integer.MAX_VALUE);
            }
        }
        return 0;
    }

    private Refusal bad(OnnxFunction f, String problem) {
        return Refusal.badInput(
                file,
                NodeCall.printable("function " + f.name() + ' ' + problem),
                "write the file again");
    }
}
