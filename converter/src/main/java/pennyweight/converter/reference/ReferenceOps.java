package pennyweight.converter.reference;

import java.util.ArrayList;
import java.util.List;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.DeltaShape;
import pennyweight.converter.model.Ops;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Rotary;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;
import pennyweight.quantizer.kernel.DeltaRule;
import pennyweight.quantizer.kernel.MatMul;

/**
 * The operations in float32, on weights from any source. Activations are float32 between the
 * operations; matrix products are summed in float32 in order of the inner dimension, norms and
 * softmax in double.
 *
 * <p>Bits depend on weights and tokens alone: not on the machine (the transcendental functions are
 * {@link StrictMath}'s), not on the number of workers, and not on how the tokens are cut into
 * calls, so that decoding gives what prefill gives.
 *
 * <p>To be used by one thread at a time.
 */
public final class ReferenceOps implements Ops<Tensor> {
    /** Numbers below which handing out work costs more than it saves. */
    private static final int WORTH_SHARING = 1 << 14;

    /** Tokens whose attention is one piece of work. */
    private static final int ATTENTION_BLOCK = 32;

    private final Weights weights;
    private final ReferenceState state;
    private final Workers workers;
    private final StreamedProduct products;

    /** Operations that carry on from {@code state}. */
    public ReferenceOps(Weights weights, ReferenceState state, Workers workers) {
        this.weights = weights;
        this.state = state;
        this.workers = workers;
        this.products = new StreamedProduct(weights, workers);
    }

    @Override
    public Tensor embed(Role table, Tensor ids) {
        if (!(ids instanceof Tokens tokens)) {
            throw new IllegalArgumentException("not token ids");
        }
        int width = weights.columns(table);
        long rows = weights.rows(table);
        float[] row = new float[width];
        Matrix y = Matrix.zeros(tokens.count(), width);
        for (int t = 0; t < tokens.count(); t++) {
            int id = tokens.id(t);
            if (id < 0 || id >= rows) {
                throw new IllegalArgumentException(
                        "token id " + id + " is not below " + rows + ", the size of " + table);
            }
            weights.read(table, id, 1, row);
            System.arraycopy(row, 0, y.values(), t * width, width);
        }
        return y;
    }

    @Override
    public Tensor linear(Role weight, Tensor x) {
        Matrix m = matrix(x);
        int rows = Math.toIntExact(weights.rows(weight));
        Matrix y = Matrix.zeros(m.tokens(), rows);
        products.multiply(weight, m, 0, rows, y.values());
        return y;
    }

    @Override
    public Tensor rmsNorm(Role weight, Tensor x, int width, double epsilon) {
        float[] w = weights.read(weight);
        return groups(
                matrix(x),
                width,
                (in, at, out) -> {
                    double r = 1 / Math.sqrt(squares(in, at, width) / width + epsilon);
                    for (int i = 0; i < width; i++) {
                        out[at + i] = (float) (in[at + i] * r * w[i]);
                    }
                });
    }

    @Override
    public Tensor l2Norm(Tensor x, int width, double epsilon, double scale) {
        return groups(
                matrix(x),
                width,
                (in, at, out) -> {
                    double r = scale / Math.sqrt(squares(in, at, width) + epsilon);
                    for (int i = 0; i < width; i++) {
                        out[at + i] = (float) (in[at + i] * r);
                    }
                });
    }

    private static double squares(float[] x, int at, int width) {
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += (double) x[at + i] * x[at + i];
        }
        return sum;
    }

    @Override
    public Tensor rope(Tensor x, int heads, Rotary rotary) {
        Matrix m = matrix(x);
        int headDim = rotary.headDim();
        int half = rotary.dimensions() / 2;
        float[] frequencies = frequencies(rotary);
        return rows(
                m,
                m.width(),
                (in, t, out) -> {
                    int at = t * m.width();
                    System.arraycopy(in, at, out, at, m.width());
                    for (int i = 0; i < half; i++) {
                        float angle = (state.tokens() + t) * frequencies[i];
                        float cos = (float) StrictMath.cos(angle);
                        float sin = (float) StrictMath.sin(angle);
                        for (int h = 0; h < heads; h++) {
                            int a = at + h * headDim + i;
                            int b = a + half;
                            out[a] = in[a] * cos - in[b] * sin;
                            out[b] = in[b] * cos + in[a] * sin;
                        }
                    }
                });
    }

    /** Transformers computes frequencies and angles in float32, rounding at each step. */
    private static float[] frequencies(Rotary rotary) {
        float[] frequencies = new float[rotary.dimensions() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / rotary.dimensions();
            frequencies[i] = 1f / (float) StrictMath.pow(rotary.theta(), exponent);
        }
        return frequencies;
    }

    @Override
    public Tensor attention(int layer, Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        Matrix queries = matrix(q);
        KvCache cache = state.attention(layer, shape);
        int before = cache.tokens();
        cache.append(matrix(k), matrix(v));
        Matrix y = Matrix.zeros(queries.tokens(), shape.heads() * shape.headDim());
        int blocks = Math.ceilDiv(queries.tokens(), ATTENTION_BLOCK);
        workers.forEach(
                shape.kvHeads() * blocks,
                (worker, piece) -> {
                    int first = piece / shape.kvHeads() * ATTENTION_BLOCK;
                    int count = Math.min(ATTENTION_BLOCK, queries.tokens() - first);
                    int kvHead = piece % shape.kvHeads();
                    attend(queries, cache, before, first, count, kvHead, shape, y);
                });
        return y;
    }

    /** Attention of some tokens, in the heads that share a key/value head. */
    private static void attend(
            Matrix q,
            KvCache cache,
            int before,
            int first,
            int count,
            int kvHead,
            AttentionShape shape,
            Matrix y) {
        int headDim = shape.headDim();
        int group = shape.heads() / shape.kvHeads();
        int length = before + first + count;
        int n = count * group;
        float[] own = new float[n * headDim];
        copyHeads(q, first, count, kvHead * group * headDim, group * headDim, own);
        float[] scores = new float[Math.multiplyExact(n, length)];
        MatMul.of(own, n, headDim).multiply(cache.keys(kvHead), length, scores, length, 0);
        double scale = 1 / Math.sqrt(headDim);
        for (int i = 0; i < n; i++) {
            // A token sees itself and those before it. The zeros left for later ones add nothing.
            softmax(scores, i * length, before + first + i / group + 1, length, scale);
        }
        MatMul.of(scores, n, length)
                .multiply(cache.values(kvHead), cache.capacity(), headDim, own, headDim, 0);
        int width = group * headDim;
        for (int t = 0; t < count; t++) {
            System.arraycopy(
                    own, t * width, y.values(), (first + t) * y.width() + kvHead * width, width);
        }
    }

    private static void softmax(float[] scores, int at, int visible, int length, double scale) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < visible; i++) {
            max = Math.max(max, scores[at + i]);
        }
        double[] e = new double[visible];
        double sum = 0;
        for (int i = 0; i < visible; i++) {
            e[i] = StrictMath.exp(((double) scores[at + i] - max) * scale);
            sum += e[i];
        }
        for (int i = 0; i < visible; i++) {
            scores[at + i] = (float) (e[i] / sum);
        }
        for (int i = visible; i < length; i++) {
            scores[at + i] = 0;
        }
    }

    @Override
    public Tensor causalConv(int layer, Role weight, Tensor x) {
        Matrix m = matrix(x);
        int channels = m.width();
        int kernel = weights.columns(weight);
        float[] w = weights.read(weight);
        int past = (kernel - 1) * channels;
        float[] history = state.convolution(layer, past);
        float[] in = new float[Math.addExact(past, m.tokens() * channels)];
        System.arraycopy(history, 0, in, 0, past);
        System.arraycopy(m.values(), 0, in, past, m.tokens() * channels);
        System.arraycopy(in, in.length - past, history, 0, past);
        return rows(
                m,
                channels,
                (ignored, t, out) -> {
                    for (int c = 0; c < channels; c++) {
                        float sum = 0;
                        for (int j = 0; j < kernel; j++) {
                            sum = Math.fma(w[c * kernel + j], in[(t + j) * channels + c], sum);
                        }
                        out[t * channels + c] = siluOf(sum);
                    }
                });
    }

    @Override
    public Tensor logDecay(Role decay, Role bias, Tensor a) {
        Matrix m = matrix(a);
        float[] rate = weights.read(decay);
        float[] b = weights.read(bias);
        Matrix y = Matrix.zeros(m.tokens(), m.width());
        for (int t = 0; t < m.tokens(); t++) {
            for (int h = 0; h < m.width(); h++) {
                float softplus = softplus(m.get(t, h) + b[h]);
                y.values()[t * m.width() + h] = rate[h] * softplus;
            }
        }
        return y;
    }

    private static float softplus(float x) {
        // Above 20 the difference is below float32's precision, and soon exp overflows.
        return x > 20 ? x : (float) StrictMath.log1p(StrictMath.exp(x));
    }

    @Override
    public Tensor gatedDelta(
            int layer, Tensor q, Tensor k, Tensor v, Tensor logDecay, Tensor beta, DeltaShape s) {
        Matrix queries = matrix(q);
        Matrix keys = matrix(k);
        Matrix values = matrix(v);
        Matrix decays = matrix(logDecay);
        Matrix betas = matrix(beta);
        int tokens = queries.tokens();
        float[][] states = state.delta(layer, s);
        Matrix y = Matrix.zeros(tokens, s.valueHeads() * s.valueDim());
        workers.forEach(
                s.valueHeads(),
                (worker, head) -> {
                    int keyHead = s.order().keyHead(head, s.keyHeads(), s.valueHeads());
                    float[] ownQ = new float[tokens * s.keyDim()];
                    float[] ownK = new float[tokens * s.keyDim()];
                    float[] ownV = new float[tokens * s.valueDim()];
                    copyHeads(queries, 0, tokens, keyHead * s.keyDim(), s.keyDim(), ownQ);
                    copyHeads(keys, 0, tokens, keyHead * s.keyDim(), s.keyDim(), ownK);
                    copyHeads(values, 0, tokens, head * s.valueDim(), s.valueDim(), ownV);
                    float[] decay = new float[tokens];
                    float[] strength = new float[tokens];
                    for (int t = 0; t < tokens; t++) {
                        decay[t] = (float) StrictMath.exp(decays.get(t, head));
                        strength[t] = betas.get(t, head);
                    }
                    float[] o = new float[tokens * s.valueDim()];
                    DeltaRule.apply(
                            states[head],
                            s.keyDim(),
                            s.valueDim(),
                            ownQ,
                            ownK,
                            ownV,
                            decay,
                            strength,
                            o,
                            tokens);
                    for (int t = 0; t < tokens; t++) {
                        System.arraycopy(
                                o,
                                t * s.valueDim(),
                                y.values(),
                                t * y.width() + head * s.valueDim(),
                                s.valueDim());
                    }
                });
        return y;
    }

    /** Copies columns {@code [column, column + width)} of some tokens, {@code [count, width]}. */
    private static void copyHeads(
            Matrix x, int first, int count, int column, int width, float[] to) {
        for (int t = 0; t < count; t++) {
            System.arraycopy(x.values(), (first + t) * x.width() + column, to, t * width, width);
        }
    }

    @Override
    public Tensor silu(Tensor x) {
        return elements(matrix(x), (in, i) -> siluOf(in[i]));
    }

    private static float siluOf(float x) {
        return (float) (x / (1 + StrictMath.exp(-x)));
    }

    @Override
    public Tensor sigmoid(Tensor x) {
        return elements(matrix(x), (in, i) -> (float) (1 / (1 + StrictMath.exp(-in[i]))));
    }

    @Override
    public Tensor mul(Tensor a, Tensor b) {
        float[] other = same(a, b).values();
        return elements(matrix(a), (in, i) -> in[i] * other[i]);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        float[] other = same(a, b).values();
        return elements(matrix(a), (in, i) -> in[i] + other[i]);
    }

    @Override
    public List<Tensor> split(Tensor x, int... widths) {
        return splitHeads(x, 1, widths);
    }

    @Override
    public List<Tensor> splitHeads(Tensor x, int heads, int... widths) {
        Matrix m = matrix(x);
        int headWidth = m.width() / heads;
        List<Tensor> pieces = new ArrayList<>();
        int start = 0;
        for (int width : widths) {
            Matrix piece = Matrix.zeros(m.tokens(), heads * width);
            for (int h = 0; h < m.tokens() * heads; h++) {
                System.arraycopy(
                        m.values(), h * headWidth + start, piece.values(), h * width, width);
            }
            pieces.add(piece);
            start += width;
        }
        if (start != headWidth) {
            throw new IllegalArgumentException("pieces of " + start + " in all from " + headWidth);
        }
        return pieces;
    }

    private static Matrix matrix(Tensor x) {
        if (x instanceof Matrix m) {
            return m;
        }
        throw new IllegalArgumentException("token ids where activations are wanted");
    }

    private static Matrix same(Tensor a, Tensor b) {
        Matrix first = matrix(a);
        Matrix second = matrix(b);
        if (first.tokens() != second.tokens() || first.width() != second.width()) {
            throw new IllegalArgumentException(
                    "widths " + first.width() + " and " + second.width() + " do not match");
        }
        return second;
    }

    /** The number at index {@code i} of the result. */
    private interface Element {
        float of(float[] in, int i);
    }

    /** Writes the result of the part of {@code in} that {@code at} says. */
    private interface Piece {
        void write(float[] in, int at, float[] out);
    }

    private Matrix elements(Matrix x, Element element) {
        return rows(
                x,
                x.width(),
                (in, t, out) -> {
                    int end = (t + 1) * x.width();
                    for (int i = t * x.width(); i < end; i++) {
                        out[i] = element.of(in, i);
                    }
                });
    }

    private Matrix groups(Matrix x, int width, Piece group) {
        if (x.width() % width != 0) {
            throw new IllegalArgumentException(x.width() + " is no multiple of " + width);
        }
        return rows(
                x,
                x.width(),
                (in, t, out) -> {
                    for (int at = t * x.width(); at < (t + 1) * x.width(); at += width) {
                        group.write(in, at, out);
                    }
                });
    }

    /** One row of the result a token. */
    private Matrix rows(Matrix x, int width, Piece row) {
        Matrix y = Matrix.zeros(x.tokens(), width);
        if ((long) x.tokens() * width < WORTH_SHARING) {
            for (int t = 0; t < x.tokens(); t++) {
                row.write(x.values(), t, y.values());
            }
        } else {
            workers.forEach(x.tokens(), (worker, t) -> row.write(x.values(), t, y.values()));
        }
        return y;
    }
}
