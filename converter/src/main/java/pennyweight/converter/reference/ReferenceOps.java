package pennyweight.converter.reference;

import java.util.List;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.DeltaShape;
import pennyweight.converter.model.Ops;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Rotary;
import pennyweight.converter.model.TokenPositions;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;
import pennyweight.quantizer.kernel.DeltaRule;

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
    private final Weights weights;
    private final ReferenceState state;
    private final Workers workers;
    private final StreamedProduct products;
    private final RowWork work;

    /** Operations that carry on from {@code state}. */
    public ReferenceOps(Weights weights, ReferenceState state, Workers workers) {
        this.weights = weights;
        this.state = state;
        this.workers = workers;
        this.products = new StreamedProduct(weights, workers);
        this.work = new RowWork(workers);
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
        return work.groups(
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
        return work.groups(
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
        float[] frequencies = frequencies(rotary.theta(), rotary.dimensions());
        TokenPositions positions = state.positions(m.tokens());
        return work.rows(
                m,
                m.width(),
                (in, t, out) -> {
                    int at = t * m.width();
                    System.arraycopy(in, at, out, at, m.width());
                    for (int i = 0; i < half; i++) {
                        float angle = positions.get(rotary.axis(i), t) * frequencies[i];
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

    /**
     * {@code theta^(-2i / dimensions)}, half as many as {@code dimensions}. Transformers computes
     * frequencies and angles in float32, rounding at each step.
     */
    static float[] frequencies(double theta, int dimensions) {
        float[] frequencies = new float[dimensions / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / dimensions;
            frequencies[i] = 1f / (float) StrictMath.pow(theta, exponent);
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
        // A token sees itself and those before it.
        new SoftmaxAttention(cache, shape, t -> before + t + 1).apply(queries, y, 0, workers);
        return y;
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
        return work.rows(
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
                    queries.copyColumns(0, tokens, keyHead * s.keyDim(), s.keyDim(), ownQ);
                    keys.copyColumns(0, tokens, keyHead * s.keyDim(), s.keyDim(), ownK);
                    values.copyColumns(0, tokens, head * s.valueDim(), s.valueDim(), ownV);
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

    @Override
    public Tensor silu(Tensor x) {
        return work.elements(matrix(x), (in, i) -> siluOf(in[i]));
    }

    private static float siluOf(float x) {
        return (float) (x / (1 + StrictMath.exp(-x)));
    }

    @Override
    public Tensor sigmoid(Tensor x) {
        return work.elements(matrix(x), (in, i) -> (float) (1 / (1 + StrictMath.exp(-in[i]))));
    }

    @Override
    public Tensor mul(Tensor a, Tensor b) {
        return work.pairs(matrix(a), matrix(b), (p, q) -> p * q);
    }

    @Override
    public Tensor add(Tensor a, Tensor b) {
        return work.pairs(matrix(a), matrix(b), Float::sum);
    }

    @Override
    public List<Tensor> split(Tensor x, int... widths) {
        return splitHeads(x, 1, widths);
    }

    @Override
    public List<Tensor> splitHeads(Tensor x, int heads, int... widths) {
        return List.copyOf(matrix(x).splitHeads(heads, widths));
    }

    private static Matrix matrix(Tensor x) {
        if (x instanceof Matrix m) {
            return m;
        }
        throw new IllegalArgumentException("token ids where activations are wanted");
    }
}
