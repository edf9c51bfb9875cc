package pennyweight.converter.target.onnx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.model.Rotary;
import pennyweight.formats.onnx.OnnxAttribute;

/**
 * What the graph knows about the places of tokens, from the attention mask alone: no table of
 * angles limits the context, and no input of positions can be wrong. Every node is written when it
 * is first asked for.
 */
final class OnnxPositions {
    private static final int INT32 = 6;
    private static final int FLOAT32 = 1;

    private final GraphBuilder graph;
    private final String ids;
    private final String mask;
    private final Map<Rotary, Angles> angles = new HashMap<>();
    private @Nullable String lastKey;
    private @Nullable String keys;

    /**
     * @param ids name of the input {@code [B, S]}
     * @param mask name of the input {@code [B, total]}, ones for tokens that are there
     */
    OnnxPositions(GraphBuilder graph, String ids, String mask) {
        this.graph = graph;
        this.ids = ids;
        this.mask = mask;
    }

    /**
     * Cosines and sines, one row {@code [dimensions / 2]} for each token, and the row of each
     * token.
     *
     * @param rows int64 {@code [B, S]}
     */
    record Angles(String rows, String cos, String sin) {}

    /** Count of keys less one, int32 {@code [B]}: GroupQueryAttention's seqlens_k. */
    String lastKey() {
        String known = lastKey;
        if (known == null) {
            String count =
                    graph.node(
                            "ReduceSum",
                            List.of(mask, graph.list(1)),
                            OnnxAttribute.of("keepdims", 0));
            String last = graph.node("Sub", List.of(count, graph.scalar(1)));
            known = cast(last, INT32);
            lastKey = known;
        }
        return known;
    }

    /** Count of keys, int32 scalar: GroupQueryAttention's total_sequence_length. */
    String keys() {
        String known = keys;
        if (known == null) {
            String shape = graph.node("Shape", List.of(mask));
            known = cast(graph.node("Gather", List.of(shape, graph.scalar(1))), INT32);
            keys = known;
        }
        return known;
    }

    Angles angles(Rotary rotary) {
        return angles.computeIfAbsent(rotary, this::write);
    }

    private Angles write(Rotary rotary) {
        int pairs = rotary.dimensions() / 2;
        float[] frequencies = frequencies(rotary);
        String shape = graph.node("Shape", List.of(ids));
        String tokens =
                graph.node(
                        "Shape",
                        List.of(ids),
                        OnnxAttribute.of("end", 2),
                        OnnxAttribute.of("start", 1));
        String places = graph.node("CumSum", List.of(mask, graph.scalar(1)));
        String fromZero = graph.node("Sub", List.of(places, graph.scalar(1)));
        String mine =
                graph.node(
                        "Slice",
                        List.of(
                                fromZero,
                                graph.node("Neg", List.of(tokens)),
                                graph.list(Long.MAX_VALUE),
                                graph.list(1)));
        String column = graph.node("Unsqueeze", List.of(mine, graph.list(-1)));
        String angle =
                graph.node(
                        "Mul",
                        List.of(
                                cast(column, FLOAT32),
                                graph.vector("inv_freq_" + rotary.theta(), frequencies)));
        String flat = graph.list(-1, pairs);
        String cos = graph.node("Reshape", List.of(graph.node("Cos", List.of(angle)), flat));
        String sin = graph.node("Reshape", List.of(graph.node("Sin", List.of(angle)), flat));
        String count = graph.node("Size", List.of(ids));
        String range = graph.node("Range", List.of(graph.scalar(0), count, graph.scalar(1)));
        String rows = graph.node("Reshape", List.of(range, shape));
        return new Angles(rows, cos, sin);
    }

    /** Transformers computes frequencies in float32, rounding at each step. */
    private static float[] frequencies(Rotary rotary) {
        float[] frequencies = new float[rotary.dimensions() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / rotary.dimensions();
            frequencies[i] = 1f / (float) StrictMath.pow(rotary.theta(), exponent);
        }
        return frequencies;
    }

    private String cast(String x, int type) {
        return graph.node("Cast", List.of(x), OnnxAttribute.of("to", type));
    }
}
