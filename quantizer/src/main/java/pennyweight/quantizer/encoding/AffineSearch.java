package pennyweight.quantizer.encoding;

/**
 * ggml's {@code make_qkx2_quants}: the weighted least-squares search for {@code scale * code -
 * offset}, codes 0..top, offset not negative, with squared error. Its steps depend on each other:
 * an accepted candidate's fitted minimum replaces the minimum that later candidates start from.
 *
 * <p>The codes of the best candidate are not kept but can be computed again ({@link #code}) from
 * the inverse scale and the minimum that made them.
 */
final class AffineSearch {
    /** The step between candidates, and the first one: {@code (-1 + 0.1 * step + top) / range}. */
    static final float FIRST = -1f;

    static final float STEP = 0.1f;
    static final int LAST = 20;

    private final int top;
    private final float[] weights;
    private final int[] candidate;

    private float scale;
    private float offset;
    private float codeInverse;
    private float codeMinimum;

    /**
     * @param size numbers in a sub-block
     * @param top the largest code
     */
    AffineSearch(int size, int top) {
        this.top = top;
        this.weights = new float[size];
        this.candidate = new int[size];
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

    /** The code of {@code x} that a search kept. */
    static int code(float x, float codeInverse, float codeMinimum, int top) {
        return Rounding.nearest(codeInverse * (x - codeMinimum), 0, top);
    }

    /**
     * Searches for {@code x[from .. from + size)}, each weighted by its magnitude plus their rms.
     */
    void fit(float[] x, int from) {
        int n = weights.length;
        float squares = 0;
        for (int i = 0; i < n; i++) {
            squares += x[from + i] * x[from + i];
        }
        float rms = (float) Math.sqrt(squares / n);
        for (int i = 0; i < n; i++) {
            weights[i] = rms + Math.abs(x[from + i]);
        }
        float min = x[from];
        float max = min;
        float sumW = weights[0];
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
        keep(1 / inverse, min, inverse, min);
        float best = 0;
        for (int i = 0; i < n; i++) {
            float difference = scale * code(x[from + i], inverse, min, top) + min - x[from + i];
            best += weights[i] * (difference * difference);
        }
        for (int step = 0; step <= LAST; step++) {
            inverse = (FIRST + STEP * step + top) / (max - min);
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
                float error = 0;
                for (int i = 0; i < n; i++) {
                    float difference = fittedScale * candidate[i] + fittedMin - x[from + i];
                    error += weights[i] * (difference * difference);
                }
                if (error < best) {
                    best = error;
                    keep(fittedScale, fittedMin, inverse, min);
                    min = fittedMin;
                }
            }
        }
    }

    private void keep(float scale, float minimum, float codeInverse, float codeMinimum) {
        this.scale = scale;
        this.offset = -minimum;
        this.codeInverse = codeInverse;
        this.codeMinimum = codeMinimum;
    }
}
