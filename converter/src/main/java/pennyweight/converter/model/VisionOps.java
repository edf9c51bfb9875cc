package pennyweight.converter.model;

import java.util.List;

/**
 * The operations that a vision tower is written in, as {@link Ops} are those of a decoder. {@code
 * T} has one row for each patch, in the order of {@link PatchGrid}, or for each token.
 */
public interface VisionOps<T> {
    /** {@code y = W x + b} for every row; {@code weight} is {@code [out, in]}. */
    T linear(Role weight, Role bias, T x);

    /**
     * Norm of each row: {@code (x - mean(x)) * rsqrt(variance(x) + epsilon) * weight + bias}, the
     * variance that of the row itself.
     */
    T layerNorm(Role weight, Role bias, T x, double epsilon);

    /**
     * Learned positions {@code [side * side, width]}, a square grid row by row, stretched over the
     * rows and columns of {@code grid}: corners on corners, linear between. The same in every
     * frame.
     *
     * @return {@code [patches, width]}
     */
    T positions(Role table, PatchGrid grid);

    /**
     * Rotates each head of {@code x} [patches, heads * headDim] by its patch's row and column.
     * Element i makes a pair with element i + headDim/2. The angle of pair i is row * theta^(-4i /
     * headDim) in the first quarter of the head, and column * theta^(-4j / headDim), j counted from
     * the second, in that.
     */
    T rope(T x, int heads, double theta, PatchGrid grid);

    /**
     * Softmax attention of every patch over all patches of its own frame, scores scaled by
     * 1/sqrt(headDim): {@code [patches, heads * headDim]}.
     */
    T attention(T q, T k, T v, int heads, PatchGrid grid);

    /** {@code x * P(X <= x)} of a normal X, the probability through the error function. */
    T gelu(T x);

    /** GELU by tanh: {@code x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))}. */
    T geluTanh(T x);

    /** Elementwise. */
    T add(T a, T b);

    /** Cuts the width into pieces. */
    List<T> split(T x, int... widths);

    /**
     * Puts each {@code count} rows that follow each other into one: {@code [rows / count, ...]}.
     */
    T join(T x, int count);
}
