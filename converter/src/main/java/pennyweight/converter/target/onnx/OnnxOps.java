package pennyweight.converter.target.onnx;

import static pennyweight.converter.target.onnx.GraphBuilder.CONTRIB;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.DeltaShape;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Ops;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Rotary;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxDimension;
import pennyweight.formats.onnx.OnnxFunction;
import pennyweight.quantizer.encoding.MatMulNBits;

/**
 * The operations of a forward pass as nodes of a graph; what flows is the name of a value {@code
 * [batch, tokens, width]}. Only operators and attributes are written that every ONNX Runtime from
 * 1.23 on knows, natively or by the functions that go with the model: an unknown attribute is fatal
 * there. Weights are names from {@link WeightPlaces}.
 */
final class OnnxOps implements Ops<String> {
    private static final OnnxDimension BATCH = OnnxDimension.of("batch_size");
    private static final OnnxDimension TOTAL = OnnxDimension.of("total_sequence_length");
    private static final OnnxDimension PAST = OnnxDimension.of("past_sequence_length");

    private final GraphBuilder graph;
    private final WeightPlaces weights;
    private final int accuracyLevel;
    private final OnnxPositions positions;
    private final Map<String, Integer> widths = new HashMap<>();
    private final SequencedSet<OnnxFunction> functions = new LinkedHashSet<>();

    /**
     * @param accuracyLevel of MatMulNBits: 0 multiplies in float32, 4 rounds activations to int8
     */
    OnnxOps(GraphBuilder graph, WeightPlaces weights, int accuracyLevel, OnnxPositions positions) {
        this.graph = graph;
        this.weights = weights;
        this.accuracyLevel = accuracyLevel;
        this.positions = positions;
    }

    /** Bodies of the operators that older runtimes lack. */
    List<OnnxFunction> functions() {
        return List.copyOf(functions);
    }

    @Override
    public String embed(Role table, String ids) {
        int width = Math.toIntExact(weights.shape(table).columns());
        if (!(weights.encoding(table) instanceof MatMulNBits(int bits, int block))) {
            return sized(graph.node("Gather", List.of(weights.name(table, 0), ids)), width);
        }
        int padded = Math.ceilDiv(width, block) * block;
        // The codes keep the three dimensions that MatMulNBits wants, for a tied head's sake.
        String codes =
                reshape(
                        weights.name(table, 0),
                        weights.shape(table).rows(),
                        (long) padded * bits / 8);
        String x =
                graph.node(
                        "GatherBlockQuantized",
                        CONTRIB,
                        List.of(codes, ids, weights.name(table, 1)),
                        OnnxAttribute.of("bits", bits),
                        OnnxAttribute.of("block_size", block),
                        OnnxAttribute.of("gather_axis", 0),
                        OnnxAttribute.of("quantize_axis", 1));
        // The operator hands out whole blocks; what pads the last of a row is cut off.
        return padded == width
                ? sized(x, width)
                : cut(x, 2, new int[] {width, padded - width}, 1).getFirst();
    }

    @Override
    public String linear(Role weight, String x) {
        return linear(weight, x, graph.fresh(weight.part().name().toLowerCase(Locale.ROOT)));
    }

    /** {@link #linear(Role, String)} with a name for its output. */
    String linear(Role weight, String x, String out) {
        Shape shape = weights.shape(weight);
        int width = Math.toIntExact(shape.rows());
        if (width(x) != shape.columns()) {
            throw new IllegalArgumentException(weight + " takes " + shape + ", not " + width(x));
        }
        if (weights.encoding(weight) instanceof MatMulNBits(int bits, int block)) {
            graph.node(
                    "MatMulNBits",
                    CONTRIB,
                    List.of(x, weights.name(weight, 0), weights.name(weight, 1)),
                    List.of(out),
                    OnnxAttribute.of("K", shape.columns()),
                    OnnxAttribute.of("N", width),
                    OnnxAttribute.of("accuracy_level", accuracyLevel),
                    OnnxAttribute.of("bits", bits),
                    OnnxAttribute.of("block_size", block));
        } else {
            // Stored as the checkpoint has it, rows of outputs; a runtime folds the transposition.
            String transposed =
                    graph.node(
                            "Transpose",
                            List.of(weights.name(weight, 0)),
                            OnnxAttribute.ints("perm", 1L, 0L));
            graph.node("MatMul", "", List.of(x, transposed), List.of(out));
        }
        return sized(out, width);
    }

    @Override
    public String rmsNorm(Role weight, String x, int width, double epsilon) {
        return norm(x, weights.name(weight, 0), width, epsilon);
    }

    /**
     * The sum is width times the mean: {@code x * rsqrt(sum + e) * s = x * rsqrt(mean + e / width)
     * * s / sqrt(width)}. LpNormalization would drop the epsilon.
     */
    @Override
    public String l2Norm(String x, int width, double epsilon, double scale) {
        float[] scales = new float[width];
        Arrays.fill(scales, (float) (scale / Math.sqrt(width)));
        String weight = graph.vector("l2_scale_" + scale + "_" + width, scales);
        return norm(x, weight, width, epsilon / width);
    }

    private String norm(String x, String weight, int width, double epsilon) {
        int all = width(x);
        String in = all == width ? x : reshape(x, 0, 0, all / width, width);
        String y =
                graph.node(
                        "SimplifiedLayerNormalization",
                        List.of(in, weight),
                        OnnxAttribute.of("axis", -1),
                        OnnxAttribute.of("epsilon", (float) epsilon),
                        OnnxAttribute.of("stash_type", 1));
        return sized(all == width ? y : reshape(y, 0, 0, all), all);
    }

    @Override
    public String rope(String x, int heads, Rotary rotary) {
        OnnxPositions.Angles angles = positions.angles(rotary);
        String y =
                graph.node(
                        "RotaryEmbedding",
                        CONTRIB,
                        List.of(x, angles.rows(), angles.cos(), angles.sin()),
                        OnnxAttribute.of("num_heads", heads),
                        OnnxAttribute.of("rotary_embedding_dim", rotary.dimensions()));
        return sized(y, width(x));
    }

    @Override
    public String attention(int layer, String q, String k, String v, AttentionShape shape) {
        String past = "past_key_values." + layer;
        String present = "present." + layer;
        String out = graph.fresh("GroupQueryAttention");
        graph.node(
                "GroupQueryAttention",
                CONTRIB,
                List.of(
                        q,
                        k,
                        v,
                        cache(past + ".key", PAST, shape, true),
                        cache(past + ".value", PAST, shape, true),
                        positions.lastKey(),
                        positions.keys()),
                List.of(
                        out,
                        cache(present + ".key", TOTAL, shape, false),
                        cache(present + ".value", TOTAL, shape, false)),
                OnnxAttribute.of("kv_num_heads", shape.kvHeads()),
                OnnxAttribute.of("num_heads", shape.heads()));
        return sized(out, shape.heads() * shape.headDim());
    }

    private String cache(String name, OnnxDimension length, AttentionShape shape, boolean in) {
        OnnxDimension[] dimensions = {
            BATCH, OnnxDimension.of(shape.kvHeads()), length, OnnxDimension.of(shape.headDim())
        };
        return in
                ? graph.input(name, DType.F32, dimensions)
                : graph.output(name, DType.F32, dimensions);
    }

    @Override
    public String causalConv(int layer, Role weight, String x) {
        Shape shape = weights.shape(weight);
        long channels = shape.dimension(0);
        long kernel = shape.columns();
        String out = graph.fresh("CausalConvWithState");
        graph.node(
                "CausalConvWithState",
                CONTRIB,
                List.of(
                        timeLast(x),
                        weights.name(weight, 0),
                        "",
                        state("past_conv." + layer, true, channels, kernel - 1)),
                List.of(out, state("present_conv." + layer, false, channels, kernel - 1)),
                OnnxAttribute.of("activation", "silu"));
        functions.add(FallbackFunctions.causalConv(channels, kernel));
        return sized(timeLast(out), width(x));
    }

    /** From {@code [B, T, C]} to {@code [B, C, T]}, or back. */
    private String timeLast(String x) {
        return graph.node("Transpose", List.of(x), OnnxAttribute.ints("perm", 0L, 2L, 1L));
    }

    private String state(String name, boolean in, long... sizes) {
        List<OnnxDimension> dimensions = new ArrayList<>(List.of(BATCH));
        for (long size : sizes) {
            dimensions.add(OnnxDimension.of(size));
        }
        OnnxDimension[] all = dimensions.toArray(OnnxDimension[]::new);
        return in ? graph.input(name, DType.F32, all) : graph.output(name, DType.F32, all);
    }

    @Override
    public String logDecay(Role decay, Role bias, String a) {
        String biased = graph.node("Add", List.of(a, weights.name(bias, 0)));
        String soft = graph.node("Softplus", List.of(biased));
        return sized(graph.node("Mul", List.of(soft, weights.name(decay, 0))), width(a));
    }

    @Override
    public String gatedDelta(
            int layer,
            String q,
            String k,
            String v,
            String logDecay,
            String beta,
            DeltaShape shape) {
        if (shape.order() != HeadOrder.GROUPED && shape.valueHeads() != shape.keyHeads()) {
            throw new IllegalArgumentException("LinearAttention wants grouped value heads");
        }
        long[] sizes = {shape.valueHeads(), shape.keyDim(), shape.valueDim()};
        String out = graph.fresh("LinearAttention");
        graph.node(
                "LinearAttention",
                CONTRIB,
                List.of(q, k, v, state("past_recurrent." + layer, true, sizes), logDecay, beta),
                List.of(out, state("present_recurrent." + layer, false, sizes)),
                OnnxAttribute.of("kv_num_heads", shape.valueHeads()),
                OnnxAttribute.of("q_num_heads", shape.keyHeads()),
                OnnxAttribute.of("scale", 1f),
                OnnxAttribute.of("update_rule", "gated_delta"));
        functions.add(FallbackFunctions.linearAttention(shape));
        return sized(out, shape.valueHeads() * shape.valueDim());
    }

    @Override
    public String silu(String x) {
        return mul(x, sigmoid(x));
    }

    @Override
    public String sigmoid(String x) {
        return sized(graph.node("Sigmoid", List.of(x)), width(x));
    }

    @Override
    public String mul(String a, String b) {
        return sized(graph.node("Mul", List.of(a, b)), width(a));
    }

    @Override
    public String add(String a, String b) {
        return sized(graph.node("Add", List.of(a, b)), width(a));
    }

    @Override
    public List<String> split(String x, int... pieces) {
        if (Arrays.stream(pieces).sum() != width(x)) {
            throw new IllegalArgumentException(Arrays.toString(pieces) + " are not " + width(x));
        }
        return cut(x, 2, pieces, 1);
    }

    @Override
    public List<String> splitHeads(String x, int heads, int... pieces) {
        String in = reshape(x, 0, 0, heads, width(x) / heads);
        return cut(in, 3, pieces, heads).stream()
                .map(part -> sized(reshape(part, 0, 0, width(part)), width(part)))
                .toList();
    }

    private List<String> cut(String x, int axis, int[] pieces, int heads) {
        List<String> outs = new ArrayList<>();
        for (int piece : pieces) {
            outs.add(sized(graph.fresh("Split"), heads * piece));
        }
        String sizes = graph.list(Arrays.stream(pieces).asLongStream().toArray());
        graph.node("Split", "", List.of(x, sizes), outs, OnnxAttribute.of("axis", axis));
        return outs;
    }

    private String reshape(String x, long... shape) {
        return graph.node("Reshape", List.of(x, graph.list(shape)));
    }

    private String sized(String value, int width) {
        widths.put(value, width);
        return value;
    }

    private int width(String value) {
        @Nullable Integer width = widths.get(value);
        if (width == null) {
            throw new IllegalStateException("no width of " + value);
        }
        return width;
    }
}
