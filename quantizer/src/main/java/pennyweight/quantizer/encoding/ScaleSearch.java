package pennyweight.quantizer.encoding;

import java.util.Arrays;

/**
 * One scale and codes 0..top for numbers that are not negative, the scales or the offsets of the
 * sub-blocks of a block: by their largest, or by ggml's {@code make_qp_quants}. A negative scale,
 * which a search can give, wraps in its byte as it does there.
 */
final class ScaleSearch {
    /** Below this all codes are 0. */
    static final float EPS = 1e-15f;

    /** Inverse scales {@code (0.1 * i + top) / max} are tried for i to both sides of 0. */
    static final int TRIES = 4;

    static final int SWEEPS = 5;

    private ScaleSearch() {}

    /**
     * Codes of which the largest number has the largest, no search.
     *
     * @param codes receives a byte's value for each number
     * @return the scale, 0 where there is none
     */
    static float divide(float[] x, int top, int[] codes) {
        float largest = 0;
        for (int j = 0; j < codes.length; j++) {
            largest = x[j] > largest ? x[j] : largest;
        }
        float inverse = largest > 0 ? top / largest : 0;
        for (int j = 0; j < codes.length; j++) {
            codes[j] = Rounding.nearest(inverse * x[j]) & 0xff;
        }
        return largest / top;
    }

    /**
     * Searches for {@code x}, each number with its weight.
     *
     * @param codes receives a byte's value for each number
     * @return the scale, 0 where there is none
     */
    static float fit(float[] x, float[] weights, int top, int[] codes) {
        int n = codes.length;
        float max = 0;
        for (int i = 0; i < n; i++) {
            // Not Math.max: a NaN is passed on to be replaced by the next number.
            max = max > x[i] ? max : x[i];
        }
        if (max < EPS) {
            Arrays.fill(codes, 0);
            return 0;
        }
        float inverse = inverse(x, weights, top, max);
        float sumXL = 0;
        float sumL2 = 0;
        for (int i = 0; i < n; i++) {
            int code = Math.min(top, Rounding.nearest(inverse * x[i]));
            codes[i] = code & 0xff;
            sumXL += weights[i] * x[i] * code;
            sumL2 += weights[i] * code * code;
        }
        boolean changed = true;
        for (int sweep = 0; sweep < SWEEPS && changed; sweep++) {
            changed = false;
            for (int i = 0; i < n; i++) {
                float w = weights[i];
                float xl = sumXL - w * x[i] * codes[i];
                float l2 = sumL2 - w * codes[i] * codes[i];
                if (!(xl > 0 && l2 > 0)) {
                    continue;
                }
                int code = Math.min(top, Rounding.nearest(x[i] * l2 / xl));
                if (code == codes[i]) {
                    continue;
                }
                xl += w * x[i] * code;
                l2 += w * code * code;
                if (xl * xl * sumL2 > sumXL * sumXL * l2) {
                    codes[i] = code & 0xff;
                    sumXL = xl;
                    sumL2 = l2;
                    changed = true;
                }
            }
        }
        return sumL2 > 0 ? sumXL / sumL2 : 0;
    }

    /** The inverse scale of least squared error. */
    private static float inverse(float[] x, float[] weights, int top, float max) {
        float inverse = top / max;
        float scale = 1 / inverse;
        float best = 0;
        for (int i = 0; i < x.length; i++) {
            float difference = x[i] - scale * (Rounding.nearest(inverse * x[i]) & 0xff);
            best += weights[i] * difference * difference;
        }
        for (int i = -TRIES; i <= TRIES; i++) {
            if (i == 0) {
                continue;
            }
            float tried = (0.1f * i + top) / max;
            float error = 0;
            for (int k = 0; k < x.length; k++) {
                int code = Math.min(top, Rounding.nearest(tried * x[k]));
                float difference = x[k] - 1 / tried * code;
                error += weights[k] * difference * difference;
            }
            if (error < best) {
                best = error;
                inverse = tried;
            }
        }
        return inverse;
    }
}
