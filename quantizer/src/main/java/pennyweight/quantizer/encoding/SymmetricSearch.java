package pennyweight.quantizer.encoding;

/**
 * ggml's {@code make_qx_quants} with weights x²: the least-squares search for {@code scale * code},
 * codes {@code -top .. top - 1}, over 19 candidates that send the number of largest magnitude close
 * to {@code -top}.
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

    /** Searches for {@code x[from .. from + size)}. */
    void fit(float[] x, int from) {
        float largest = 0;
        float extreme = 0;
        for (int i = 0; i < size; i++) {
            float v = x[from + i];
            if (Math.abs(v) > largest) {
                largest = Math.abs(v);
                extreme = v;
            }
        }
        if (largest < ZERO) {
            scale = 0;
            codeInverse = 0;
            return;
        }
        codeInverse = -top / extreme;
        sums(x, from, codeInverse);
        scale = sumL2 != 0 ? sumXL / sumL2 : 0;
        float best = scale * sumXL;
        for (int step = -LAST; step <= LAST; step++) {
            if (step == 0) {
                continue;
            }
            float inverse = -(top + STEP * step) / extreme;
            sums(x, from, inverse);
            if (sumL2 > 0 && sumXL * sumXL > best * sumL2) {
                codeInverse = inverse;
                scale = sumXL / sumL2;
                best = scale * sumXL;
            }
        }
    }

    private void sums(float[] x, int from, float inverse) {
        float xl = 0;
        float l2 = 0;
        for (int i = 0; i < size; i++) {
            float v = x[from + i];
            int code = Rounding.nearest(inverse * v, -top, top - 1);
            float weight = v * v;
            xl += weight * v * code;
            l2 += weight * code * code;
        }
        sumXL = xl;
        sumL2 = l2;
    }
}
