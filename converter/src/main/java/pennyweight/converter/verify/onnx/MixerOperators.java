package pennyweight.converter.verify.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import pennyweight.formats.Shape;
import pennyweight.quantizer.kernel.DeltaRule;

/**
 * Operators that mix the numbers of a head or of a text: norms, rotation, attention, convolution
 * and the delta rule, as ONNX Runtime's operator documents define them.
 */
final class MixerOperators {
    private static final int MOST_HEADS = 1 << 16;

    private MixerOperators() {}

    static void register(Operators.Registry all) {
        all.add("", "SimplifiedLayerNormalization", MixerOperators::norm);
        all.add(Operators.CONTRIB, "RotaryEmbedding", MixerOperators::rotary);
        all.add(Operators.CONTRIB, "GroupQueryAttention", MixerOperators::attention);
        all.add(Operators.CONTRIB, "CausalConvWithState", MixerOperators::causalConv);
        all.add(Operators.CONTRIB, "LinearAttention", MixerOperators::linearAttention);
    }

    /** {@code x * rsqrt(mean(x^2) + epsilon) * scale} over the last axis. */
    private static List<Value> norm(NodeCall call) {
        call.outputs(1, 1);
        Floats x = call.floats(0);
        int rank = x.shape().rank();
        if (rank == 0 || call.axis(call.number("axis", -rank, rank - 1, -1), rank) != rank - 1) {
            throw call.fail("norms over the last axis alone");
        }
        float epsilon = call.real("epsilon");
        call.number("stash_type", 1, 1, 1);
        int width = Math.toIntExact(x.shape().columns());
        float[] w = call.floats(1, Shape.of(width)).data();
        float[] in = x.data();
        float[] y = new float[in.length];
        for (int at = 0; at < in.length; at += width) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += (double) in[at + i] * in[at + i];
            }
            double r = 1 / Math.sqrt(sum / width + epsilon);
            for (int i = 0; i < width; i++) {
                y[at + i] = (float) (in[at + i] * r * w[i]);
            }
        }
        return List.of(new Floats(x.shape(), y));
    }

    /** Rotates the first numbers of each head, half-split; the rest passes. */
    private static List<Value> rotary(NodeCall call) {
        call.outputs(1, 1);
        call.number("interleaved", 0, 0, 0);
        call.number("is_packed_batching", 0, 0, 0);
        if (call.real("scale", 1) != 1) {
            throw call.fail("scales by 1 alone");
        }
        Floats x = call.floats(0, 3);
        int width = Math.toIntExact(x.shape().columns());
        int heads = call.number("num_heads", 1, MOST_HEADS);
        int headDim = perHead(call, width, heads);
        int rotated = call.number("rotary_embedding_dim", 2, headDim);
        int half = rotated / 2;
        Floats cos = call.floats(2, 2);
        Floats sin = call.floats(3, cos.shape());
        if (cos.shape().columns() * 2 != rotated) {
            throw call.fail("wants angles of " + rotated + " numbers, not " + cos.shape());
        }
        Longs rows = call.longs(1);
        Shape tokens = Shape.of(x.shape().dimension(0), x.shape().dimension(1));
        if (!rows.shape().equals(tokens)) {
            throw call.fail("wants a row for each of " + tokens + ", not " + rows.shape());
        }
        float[] in = x.data();
        float[] y = in.clone();
        for (int t = 0; t < rows.data().length; t++) {
            long row = rows.data()[t];
            if (row < 0 || row >= cos.shape().dimension(0)) {
                throw call.fail("is asked for row " + row + " of " + cos.shape());
            }
            for (int i = 0; i < half; i++) {
                float c = cos.data()[(int) row * half + i];
                float s = sin.data()[(int) row * half + i];
                for (int h = 0; h < heads; h++) {
                    int a = t * width + h * headDim + i;
                    int b = a + half;
                    y[a] = in[a] * c - in[b] * s;
                    y[b] = in[b] * c + in[a] * s;
                }
            }
        }
        return List.of(new Floats(x.shape(), y));
    }

    private static int perHead(NodeCall call, long width, int heads) {
        if (width == 0 || width % heads != 0) {
            throw call.fail("cannot cut " + width + " numbers into " + heads + " heads");
        }
        return Math.toIntExact(width / heads);
    }

    /** One text; the caches hold no more than the tokens before. */
    private static List<Value> attention(NodeCall call) {
        call.outputs(3, 3);
        int heads = call.number("num_heads", 1, MOST_HEADS);
        int kvHeads = call.number("kv_num_heads", 1, heads);
        call.number("do_rotary", 0, 0, 0);
        call.number("local_window_size", -1, -1, -1);
        float given = call.real("scale", 0);
        Floats q = call.floats(0, 3);
        int headDim = perHead(call, q.shape().columns(), heads);
        long tokens = q.shape().dimension(1);
        Shape kv = Shape.of(1, tokens, (long) kvHeads * headDim);
        Floats k = call.floats(1, kv);
        Floats v = call.floats(2, kv);
        Floats pastK = call.floats(3, 4);
        long before = pastK.shape().dimension(2);
        Shape past = Shape.of(1, kvHeads, before, headDim);
        call.expect(3, pastK, past);
        Floats pastV = call.floats(4, past);
        long total = before + tokens;
        long last = call.int32(5, Shape.of(1));
        long all = call.int32(6, Shape.of());
        if (q.shape().dimension(0) != 1
                || heads % kvHeads != 0
                || last != total - 1
                || all != total) {
            throw call.fail(
                    "does not fit one text of "
                            + before
                            + " and "
                            + tokens
                            + " tokens: input 5 is "
                            + last
                            + ", input 6 "
                            + all);
        }
        Shape present = Shape.of(1, kvHeads, total, headDim);
        float[] keys = call.array(present);
        float[] values = call.array(present);
        append(pastK.data(), k.data(), keys, kvHeads, (int) before, (int) tokens, headDim);
        append(pastV.data(), v.data(), values, kvHeads, (int) before, (int) tokens, headDim);
        double scale = given == 0 ? 1 / Math.sqrt(headDim) : given;
        float[] y = call.array(q.shape());
        call.workers()
                .forEach(
                        heads,
                        (worker, h) -> {
                            int at = h / (heads / kvHeads) * (int) total * headDim;
                            for (int t = 0; t < tokens; t++) {
                                int own = (t * heads + h) * headDim;
                                int visible = (int) before + t + 1;
                                attend(q.data(), own, keys, values, at, visible, headDim, scale, y);
                            }
                        });
        return List.of(
                new Floats(q.shape(), y), new Floats(present, keys), new Floats(present, values));
    }

    /**
     * Joins {@code past} [heads, before, n] and {@code now} [tokens, heads, n] to a longer past.
     */
    private static void append(
            float[] past, float[] now, float[] to, int heads, int before, int tokens, int n) {
        for (int h = 0; h < heads; h++) {
            int at = h * (before + tokens) * n;
            System.arraycopy(past, h * before * n, to, at, before * n);
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(now, (t * heads + h) * n, to, at + (before + t) * n, n);
            }
        }
    }

    /** One token of one head: sums of scores in float32, of weights in double. */
    private static void attend(
            float[] q,
            int own,
            float[] keys,
            float[] values,
            int at,
            int visible,
            int n,
            double scale,
            float[] y) {
        double[] p = new double[visible];
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < visible; j++) {
            float score = 0;
            for (int i = 0; i < n; i++) {
                score = Math.fma(q[own + i], keys[at + j * n + i], score);
            }
            p[j] = score * scale;
            max = Math.max(max, p[j]);
        }
        double sum = 0;
        for (int j = 0; j < visible; j++) {
            p[j] = StrictMath.exp(p[j] - max);
            sum += p[j];
        }
        for (int j = 0; j < visible; j++) {
            float weight = (float) (p[j] / sum);
            for (int i = 0; i < n; i++) {
                y[own + i] = Math.fma(weight, values[at + j * n + i], y[own + i]);
            }
        }
    }

    private static List<Value> causalConv(NodeCall call) {
        call.outputs(2, 2);
        String activation = call.text("activation", "none");
        boolean silu = activation.equals("silu") || activation.equals("swish");
        if (!silu && !activation.equals("none")) {
            throw call.fail("has no activation " + NodeCall.printable(activation));
        }
        Floats x = call.floats(0, 3);
        Floats weight = call.floats(1, 3);
        int batch = Math.toIntExact(x.shape().dimension(0));
        int channels = Math.toIntExact(x.shape().dimension(1));
        int tokens = Math.toIntExact(x.shape().dimension(2));
        int kernel = Math.toIntExact(weight.shape().columns());
        call.expect(1, weight, Shape.of(channels, 1, kernel));
        Optional<Floats> bias = call.optionalFloats(2);
        bias.ifPresent(b -> call.expect(2, b, Shape.of(channels)));
        int before = kernel - 1;
        Shape state = Shape.of(batch, channels, Math.max(0, before));
        float[] past =
                call.optionalFloats(3)
                        .map(p -> call.expect(3, p, state).data())
                        .orElseGet(() -> call.array(state));
        if (before < 0) {
            throw call.fail("has a kernel of no numbers");
        }
        float[] y = call.array(x.shape());
        float[] present = call.array(state);
        float[] all = new float[before + tokens];
        for (int row = 0; row < batch * channels; row++) {
            int c = row % channels;
            System.arraycopy(past, row * before, all, 0, before);
            System.arraycopy(x.data(), row * tokens, all, before, tokens);
            System.arraycopy(all, tokens, present, row * before, before);
            float start = bias.isPresent() ? bias.get().data()[c] : 0;
            for (int t = 0; t < tokens; t++) {
                float sum = start;
                for (int j = 0; j < kernel; j++) {
                    sum = Math.fma(weight.data()[c * kernel + j], all[t + j], sum);
                }
                y[row * tokens + t] = silu ? (float) (sum * ElementOperators.sigmoid(sum)) : sum;
            }
        }
        return List.of(new Floats(x.shape(), y), new Floats(state, present));
    }

    /** The gated delta rule; value heads that share a key head follow each other. */
    private static List<Value> linearAttention(NodeCall call) {
        call.outputs(2, 2);
        String rule = call.text("update_rule", "gated_delta");
        if (!rule.equals("gated_delta")) {
            throw call.fail("knows no rule " + NodeCall.printable(rule));
        }
        int keyHeads = call.number("q_num_heads", 1, MOST_HEADS);
        int heads = call.number("kv_num_heads", 1, MOST_HEADS);
        Floats q = call.floats(0, 3);
        Floats k = call.floats(1, q.shape());
        Floats v = call.floats(2, 3);
        int keyDim = perHead(call, q.shape().columns(), keyHeads);
        int valueDim = perHead(call, v.shape().columns(), heads);
        int tokens = Math.toIntExact(q.shape().dimension(1));
        call.expect(2, v, Shape.of(1, tokens, (long) heads * valueDim));
        if (q.shape().dimension(0) != 1 || heads % keyHeads != 0) {
            throw call.fail("takes one text, and value heads that share key heads evenly");
        }
        Shape gates = Shape.of(1, tokens, heads);
        float[] decay = call.floats(4, gates).data();
        float[] beta = call.floats(5, gates).data();
        Shape state = Shape.of(1, heads, keyDim, valueDim);
        float[] past =
                call.optionalFloats(3)
                        .map(p -> call.expect(3, p, state).data())
                        .orElseGet(() -> call.array(state));
        float given = call.real("scale", 0);
        float scale = given == 0 ? (float) (1 / Math.sqrt(keyDim)) : given;
        float[] present = past.clone();
        float[] y = call.array(v.shape());
        call.workers()
                .forEach(
                        heads,
                        (worker, h) -> {
                            int keyHead = h / (heads / keyHeads);
                            float[] s = head(present, 1, h, 1, keyDim * valueDim);
                            float[] factor = head(decay, tokens, h, heads, 1);
                            for (int t = 0; t < tokens; t++) {
                                factor[t] = (float) StrictMath.exp(factor[t]);
                            }
                            float[] queries = head(q.data(), tokens, keyHead, keyHeads, keyDim);
                            for (int i = 0; i < queries.length; i++) {
                                queries[i] *= scale;
                            }
                            float[] o = new float[tokens * valueDim];
                            DeltaRule.apply(
                                    s,
                                    keyDim,
                                    valueDim,
                                    queries,
                                    head(k.data(), tokens, keyHead, keyHeads, keyDim),
                                    head(v.data(), tokens, h, heads, valueDim),
                                    factor,
                                    head(beta, tokens, h, heads, 1),
                                    o,
                                    tokens);
                            System.arraycopy(s, 0, present, h * s.length, s.length);
                            for (int t = 0; t < tokens; t++) {
                                int to = (t * heads + h) * valueDim;
                                System.arraycopy(o, t * valueDim, y, to, valueDim);
                            }
                        });
        return List.of(new Floats(v.shape(), y), new Floats(state, present));
    }

    /** One head of {@code x} [tokens, heads, n] as {@code [tokens, n]}. */
    private static float[] head(float[] x, int tokens, int head, int heads, int n) {
        if (tokens == 1) {
            return Arrays.copyOfRange(x, head * n, (head + 1) * n);
        }
        float[] own = new float[tokens * n];
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(x, (t * heads + head) * n, own, t * n, n);
        }
        return own;
    }
}
