package pennyweight.converter.model;

import java.util.List;

/**
 * The operations that a forward pass is written in. A family describes its computation once over
 * this interface; interpreters give it different meanings: float32 activations ({@code T} is a
 * matrix {@code [tokens, width]}), nodes of an ONNX graph ({@code T} is the name of a value).
 *
 * <p>Operations that remember earlier tokens (convolution, attention, delta net) keep their state
 * under the layer's number, inside the interpreter.
 */
public interface Ops<T> {
    /** The rows of {@code table} [V, H] at {@code ids}: {@code [tokens, H]}. */
    T embed(Role table, T ids);

    /** {@code y = W x} for every token; {@code weight} is {@code [out, in]}. */
    T linear(Role weight, T x);

    /**
     * Root mean square norm of each group of {@code width} numbers: {@code x * rsqrt(mean(x^2) +
     * epsilon) * weight}. The weight [width] is the multiplier itself, whatever the source stores.
     */
    T rmsNorm(Role weight, T x, int width, double epsilon);

    /** {@code x * rsqrt(sum(x^2) + epsilon) * scale} of each group of {@code width} numbers. */
    T l2Norm(T x, int width, double epsilon, double scale);

    /** Rotates each head of {@code x} [tokens, heads * headDim] by its token's position. */
    T rope(T x, int heads, Rotary rotary);

    /** Causal softmax attention over all tokens so far: {@code [tokens, heads * headDim]}. */
    T attention(int layer, T q, T k, T v, AttentionShape shape);

    /**
     * Causal depthwise convolution over time, then SiLU: {@code silu(sum_j w[c, j] * x[t - kernel +
     * 1 + j, c])}, zeros before the first token; {@code weight} is {@code [channels, kernel]}.
     */
    T causalConv(int layer, Role weight, T x);

    /**
     * The log of the decay: {@code decay * softplus(a + bias)}, where {@code decay} [valueHeads] is
     * -exp(A_log).
     */
    T logDecay(Role decay, Role bias, T a);

    /**
     * The gated delta rule (Yang et al., Gated Delta Networks). For each value head and token:
     * {@code S = exp(g) S; d = beta (v - S^T k); S = S + k d^T; o = S^T q}.
     *
     * @param q {@code [tokens, keyHeads * keyDim]}, already normed and scaled; {@code k} likewise
     * @param v {@code [tokens, valueHeads * valueDim]}
     * @param logDecay g, {@code [tokens, valueHeads]}; {@code beta} likewise
     * @return {@code [tokens, valueHeads * valueDim]}
     */
    T gatedDelta(int layer, T q, T k, T v, T logDecay, T beta, DeltaShape shape);

    /** {@code x * sigmoid(x)}. */
    T silu(T x);

    T sigmoid(T x);

    /** Elementwise. */
    T mul(T a, T b);

    /** Elementwise. */
    T add(T a, T b);

    /** Cuts the width into pieces. */
    List<T> split(T x, int... widths);

    /**
     * Cuts each of {@code heads} heads into pieces: piece i is {@code [tokens, heads * widths[i]]}.
     */
    List<T> splitHeads(T x, int heads, int... widths);
}
