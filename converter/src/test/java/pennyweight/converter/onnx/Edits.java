package pennyweight.converter.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxData;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxTensor;

/** Copies of a model with one thing changed. */
final class Edits {
    /** A changed model and what was done to it. */
    record Edit(String what, OnnxModel model) {}

    /** Attributes that say what their absence would. */
    private static final Set<String> DEFAULTS =
            Set.of(
                    "SimplifiedLayerNormalization axis",
                    "SimplifiedLayerNormalization stash_type",
                    "LinearAttention update_rule",
                    "GatherBlockQuantized gather_axis",
                    "Shape end");

    private final OnnxModel model;
    private final List<Edit> all = new ArrayList<>();

    private Edits(OnnxModel model) {
        this.model = model;
    }

    /** Every input of every node left out, one at a time. */
    static List<Edit> droppedEdges(OnnxModel model) {
        Edits edits = new Edits(model);
        edits.eachNode((n, put) -> {
            for (int i = 0; i < n.inputs().size(); i++) {
                if (!n.inputs().get(i).isEmpty()) {
                    List<String> inputs = new ArrayList<>(n.inputs());
                    inputs.set(i, "");
                    put.put("without input " + i, inputs, n.attributes());
                }
            }
        });
        return edits.all;
    }

    /** Every two neighbouring inputs of every node exchanged, where their order matters. */
    static List<Edit> swappedEdges(OnnxModel model) {
        Edits edits = new Edits(model);
        edits.eachNode((n, put) -> {
            boolean commutes = List.of("Add", "Mul").contains(n.op());
            for (int i = 0; !commutes && i + 1 < n.inputs().size(); i++) {
                List<String> inputs = new ArrayList<>(n.inputs());
                inputs.set(i, n.inputs().get(i + 1));
                inputs.set(i + 1, n.inputs().get(i));
                if (!inputs.equals(n.inputs())) {
                    put.put("inputs swapped at " + i, inputs, n.attributes());
                }
            }
        });
        return edits.all;
    }

    /**
     * Every attribute of every node changed, one at a time; but accuracy_level, which changes
     * nothing in float32.
     */
    static List<Edit> changedAttributes(OnnxModel model) {
        Edits edits = new Edits(model);
        edits.eachNode((n, put) -> {
            for (int i = 0; i < n.attributes().size(); i++) {
                OnnxAttribute before = n.attributes().get(i);
                if (!before.name().equals("accuracy_level")) {
                    List<OnnxAttribute> attributes = new ArrayList<>(n.attributes());
                    attributes.set(i, changed(before));
                    put.put(before.name() + " changed", n.inputs(), attributes);
                    attributes.remove(i);
                    if (!DEFAULTS.contains(n.op() + ' ' + before.name())) {
                        put.put(before.name() + " removed", n.inputs(), attributes);
                    }
                }
            }
            List<OnnxAttribute> more = new ArrayList<>(n.attributes());
            more.add(OnnxAttribute.of("unheard_of", 0));
            put.put("with one attribute more", n.inputs(), more);
        });
        return edits.all;
    }

    private static OnnxAttribute changed(OnnxAttribute a) {
        return switch (a) {
            case OnnxAttribute.IntValue v -> OnnxAttribute.of(v.name(), v.value() + 1);
            case OnnxAttribute.FloatValue v ->
                    OnnxAttribute.of(v.name(), v.value() < 0.1 ? 0.3f : v.value() * 1.5f);
            case OnnxAttribute.StringValue v ->
                    OnnxAttribute.of(v.name(), v.value().equals("silu") ? "none" : "linear");
            case OnnxAttribute.IntsValue v ->
                    new OnnxAttribute.IntsValue(v.name(), v.values().reversed());
            default -> throw new AssertionError(a.name());
        };
    }

    /** Every tensor of the sidecar moved by a little, one at a time. */
    static List<Edit> movedTensors(OnnxModel model) {
        Edits edits = new Edits(model);
        OnnxGraph g = model.graph();
        for (int i = 0; i < g.initializers().size(); i++) {
            OnnxTensor t = g.initializers().get(i);
            if (t.data() instanceof OnnxData.External d) {
                long to = d.offset() >= 4 ? d.offset() - 4 : d.offset() + 4;
                List<OnnxTensor> tensors = new ArrayList<>(g.initializers());
                tensors.set(
                        i,
                        new OnnxTensor(
                                t.name(),
                                t.dtype(),
                                t.shape(),
                                new OnnxData.External(d.location(), to, d.length())));
                edits.add(
                        t.name() + " moved",
                        new OnnxGraph(g.name(), g.nodes(), tensors, g.inputs(), g.outputs()));
            }
        }
        return edits.all;
    }

    private interface Put {
        void put(String what, List<String> inputs, List<OnnxAttribute> attributes);
    }

    private interface NodeEdits {
        void of(OnnxNode node, Put put);
    }

    private void eachNode(NodeEdits edits) {
        OnnxGraph g = model.graph();
        for (int i = 0; i < g.nodes().size(); i++) {
            int at = i;
            OnnxNode n = g.nodes().get(i);
            edits.of(
                    n,
                    (what, inputs, attributes) -> {
                        List<OnnxNode> nodes = new ArrayList<>(g.nodes());
                        nodes.set(
                                at,
                                new OnnxNode(
                                        n.op(),
                                        n.domain(),
                                        n.name(),
                                        inputs,
                                        n.outputs(),
                                        attributes));
                        add(
                                n.name() + " " + what,
                                new OnnxGraph(
                                        g.name(),
                                        nodes,
                                        g.initializers(),
                                        g.inputs(),
                                        g.outputs()));
                    });
        }
    }

    private void add(String what, OnnxGraph graph) {
        all.add(new Edit(what, with(model, g -> graph)));
    }

    /** The model with another graph. */
    static OnnxModel with(OnnxModel m, Function<OnnxGraph, OnnxGraph> change) {
        return new OnnxModel(
                m.irVersion(),
                m.producerName(),
                m.producerVersion(),
                m.opsets(),
                change.apply(m.graph()),
                m.functions(),
                m.metadataProps());
    }
}
