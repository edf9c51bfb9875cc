package pennyweight.quantizer.encoding;

/**
 * ggml's {@code make_qkx2_quants} and {@code make_qkx3_quants}: the weighted least-squares search
 * for {@code scale * code - offset}, codes 0..top, offset not negative. Its steps depend on each
 * other: an accepted candidate's fitted minimum replaces the minimum that later candidates start
 * from.
 *
 * <p>The codes of the best candidate are not kept but can be computed again ({@link #code}) from
 * the inverse scale and the minimum that made them.
 */
final class AffineSearch {
    private final AffineGrid grid;
    private final int[] candidate;

    private float scale;
    private float offset;
    private float codeInverse;
    private float codeMinimum;
    private float sumW;

    AffineSearch(AffineGrid grid) {
        this.grid = grid;
        this.candidate = new int[grid.size()];
    }

    float scale() {
        return scale;
    }

    /** What is subtracted, not negative: minus the minimum. */
    float offset() {
        return offset;
    }

    /** The inverse scale that made the best codes; 0 where all are 0. */
    float codeInverse() {
        return codeInverse;
    }

    /** The minimum that the best codes were counted from. */
    float codeMinimum() {
        return codeMinimum;
    }

    /** The sum of the weights. */
    float sumW() {
        return sumW;
    }

    /** The code of {@code x} that a search kept. */
    static int code(float x, float codeInverse, float codeMinimum, int top) {
        return Rounding.nearest(codeInverse * (x - codeMinimum), 0, top);
    }

    /** Searches for {@code x[from .. from + size)}, number i weighted by {@code weights[i]}. */
    void fit(float[] x, int from, float[] weights) {
        int n = grid.size();
        int top = grid.top();
        float min = x[from];
        float max = min;
        sumW = weights[0];
        float sumX = sumW * min;
        for (int i = 1; i < n; i++) {
            float v = x[from + i];
            min = v < min ? v : min;
            max = v > max ? v : max;
            sumW += weights[i];
            sumX += weights[i] * v;
        }
        min = min > 0 ? 0 : min;
        if (max == min) {
            keep(0, min, 0, 0);
            return;
        }
        float inverse = top / (max - min);
        for (int i = 0; i < n; i++) {
            candidate[i] = code(x[from + i], inverse, min, top);
        }
        keep(1 / inverse, min, inverse, min);
        float best = error(x, from, weights, scale, min);
        for (int step = 0; step <= grid.last(); step++) {
            inverse = grid.numerator(step) / (max - min);
            float sumL = 0;
            float sumL2 = 0;
            float sumXL = 0;
            for (int i = 0; i < n; i++) {
                int code = code(x[from + i], inverse, min, top);
                candidate[i] = code;
                float weighted = weights[i] * code;
                sumL += weighted;
                sumL2 += weighted * code;
                sumXL += weighted * x[from + i];
            }
            float determinant = sumW * sumL2 - sumL * sumL;
            if (determinant > 0) {
                float fittedScale = (sumW * sumXL - sumX * sumL) / determinant;
                float fittedMin = (sumL2 * sumX - sumL * sumXL) / determinant;
                if (fittedMin > 0) {
                    fittedMin = 0;
                    fittedScale = sumXL / sumL2;
                }
                float error = error(x, from, weights, fittedScale, fittedMin);
                if (error < best) {
                    best = error;
                    keep(fittedScale, fittedMin, inverse, min);
                    min = fittedMin;
                }
            }
        }
    }

    /** The weighted error of the candidate codes under this scale and minimum. */
    private float error(float[] x, int from, float[] weights, float scale, float minimum) {
        float error = 0;
        for (int i = 0; i < candidate.length; i++) {
            float difference = scale * candidate[i] + minimum - x[from + i];
            error +=
                    weights[i] * (grid.absolute() ? Math.abs(difference) : difference * difference);
        }
        return error;
    }

    private void keep(float scale, float minimum, float codeInverse, float codeMinimum) {
        this.scale = scale;
        this.offset = -minimum;
        this.codeInverse = codeInverse;
        this.codeMinimum = codeMinimum;
    }
}
