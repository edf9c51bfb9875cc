package pennyweight.quantizer.encoding;

/**
 * ggml's {@code make_qx_quants}: the least-squares search for {@code scale * code}, codes {@code
 * -top .. top - 1}, over 19 candidates that send the number of largest magnitude close to {@code
 * -top}. The error of each number is weighted.
 *
 * <p>The codes of the best candidate are not kept but can be computed again ({@link #code}) from
 * its inverse scale.
 */
final class SymmetricSearch {
    /** Magnitudes below this are zeros ({@code GROUP_MAX_EPS}). */
    static final float ZERO = 1e-15f;

    static final float STEP = 0.1f;
    static final int LAST = 9;

    private final int size;
    private final int top;

    private float scale;
    private float codeInverse;
    private float sumXL;
    private float sumL2;

    SymmetricSearch(int size, int top) {
        this.size = size;
        this.top = top;
    }

    /** The scale, of either sign. */
    float scale() {
        return scale;
    }

    /** The inverse scale that made the best codes; 0 for a group of zeros. */
    float codeInverse() {
        return codeInverse;
    }

    /** The stored code of {@code x}, {@code 0 .. 2 * top - 1}; 0, not top, in a group of zeros. */
    static int code(float x, float codeInverse, int top) {
        return codeInverse == 0 ? 0 : top + Rounding.nearest(codeInverse * x, -top, top - 1);
    }

    /** The inverse scale of a candidate, {@code -LAST .. LAST}, of a group with this extreme. */
    static float numerator(int top, int step) {
        return -(top + STEP * step);
    }

    /** The first number of largest magnitude in {@code x[from .. from + size)}; 0 if all are. */
    static float extreme(float[] x, int from, int size) {
        float largest = 0;
        float extreme = 0;
        for (int i = 0; i < size; i++) {
            float v = x[from + i];
            if (Math.abs(v) > largest) {
                largest = Math.abs(v);
                extreme = v;
            }
        }
        return extreme;
    }

    /**
     * Searches for {@code x[from .. from + size)}, number i weighted by {@code weights[at + i]}.
     */
    void fit(float[] x, int from, float[] weights, int at) {
        float extreme = extreme(x, from, size);
        if (Math.abs(extreme) < ZERO) {
            scale = 0;
            codeInverse = 0;
            return;
        }
        codeInverse = numerator(top, 0) / extreme;
        sums(x, from, weights, at, codeInverse);
        scale = sumL2 != 0 ? sumXL / sumL2 : 0;
        float best = scale * sumXL;
        for (int step = -LAST; step <= LAST; step++) {
            if (step == 0) {
                continue;
            }
            float inverse = numerator(top, step) / extreme;
            sums(x, from, weights, at, inverse);
            if (sumL2 > 0 && sumXL * sumXL > best * sumL2) {
                codeInverse = inverse;
                scale = sumXL / sumL2;
                best = scale * sumXL;
            }
        }
    }

    private void sums(float[] x, int from, float[] weights, int at, float inverse) {
        float xl = 0;
        float l2 = 0;
        for (int i = 0; i < size; i++) {
            float v = x[from + i];
            int code = Rounding.nearest(inverse * v, -top, top - 1);
            float weight = weights[at + i];
            xl += weight * v * code;
            l2 += weight * code * code;
        }
        sumXL = xl;
        sumL2 = l2;
    }
}
