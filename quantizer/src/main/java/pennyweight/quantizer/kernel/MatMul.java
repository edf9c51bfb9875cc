package pennyweight.quantizer.kernel;

import java.util.Objects;

/**
 * The product of activations {@code x} [tokens, inner] with rows of a weight {@code w} [rows,
 * inner]: {@code y[t, r] = sum_i x[t, i] * w[r, i]}.
 *
 * <p>Each output is summed from 0 in the order of {@code i}, every step one fused multiply-add. So
 * its bits depend on its own token and row alone: not on how many tokens or rows are multiplied at
 * once, on the threads, or on the width of the machine's vectors. The scalar edition is the
 * definition.
 *
 * <p>An instance holds the activations, laid out once for many chunks of weight rows. It does not
 * change: several threads may multiply by it.
 */
public abstract sealed class MatMul permits ScalarMatMul, VectorMatMul {
    final int tokens;
    final int inner;

    MatMul(int tokens, int inner) {
        this.tokens = tokens;
        this.inner = inner;
    }

    /**
     * Lays out activations.
     *
     * @param x {@code [tokens, inner]}, from index 0 on
     */
    public static MatMul of(float[] x, int tokens, int inner) {
        Objects.checkFromIndexSize(0, Math.multiplyExact(tokens, inner), x.length);
        // A single token leaves the lanes nothing to run over: six scalar sums at once are faster.
        return KernelEdition.vectors() && tokens > 1
                ? new VectorMatMul(x, tokens, inner)
                : new ScalarMatMul(x, tokens, inner);
    }

    /**
     * Multiplies by some rows of a weight: {@code y[t * yStride + yColumn + r]}.
     *
     * @param w {@code w[r * wStride + i]}
     * @param rows how many rows of {@code w} to take
     */
    public final void multiply(
            float[] w, int wStride, int rows, float[] y, int yStride, int yColumn) {
        if (tokens == 0 || rows == 0) {
            return;
        }
        if (wStride < inner || yStride < yColumn + rows) {
            throw new IllegalArgumentException(
                    "rows of " + inner + " in " + wStride + ", " + rows + " into " + yStride);
        }
        Objects.checkFromIndexSize(
                0, Math.addExact(Math.multiplyExact(rows - 1, wStride), inner), w.length);
        Objects.checkFromIndexSize(
                yColumn, Math.addExact(Math.multiplyExact(tokens - 1, yStride), rows), y.length);
        compute(w, wStride, rows, y, yStride, yColumn);
    }

    /** Multiplies by rows that lie one after the other. */
    public final void multiply(float[] w, int rows, float[] y, int yStride, int yColumn) {
        multiply(w, inner, rows, y, yStride, yColumn);
    }

    abstract void compute(float[] w, int wStride, int rows, float[] y, int yStride, int yColumn);
}
