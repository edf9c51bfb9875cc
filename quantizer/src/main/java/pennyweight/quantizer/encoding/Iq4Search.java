package pennyweight.quantizer.encoding;

/**
 * ggml's search for {@code scale * value(code)} over groups of 32, the values those of {@link
 * Iq4Values}: one candidate that sends the number of largest magnitude to 127, which the largest
 * value is nearest to, then 15 that send it close to -127, the smallest. The error of each number
 * is weighted.
 */
final class Iq4Search {
    static final int SIZE = 32;

    /** Candidates on either side of that which sends the extreme to the smallest value. */
    static final int LAST = 7;

    private float scale;
    private float sumXQ;
    private float sumQ2;

    /** The scale, of either sign; 0 for a group of zeros. */
    float scale() {
        return scale;
    }

    /** The inverse scale of the first candidate, for a group with this extreme. */
    static float firstInverse(float extreme) {
        return 1 / (-extreme / Iq4Values.value(0));
    }

    /** What is divided by the extreme to have the inverse scale of candidate {@code step}. */
    static float numerator(int step) {
        return step + Iq4Values.value(0);
    }

    /** Searches for {@code x[from .. from + 32)}, number i weighted by {@code weights[at + i]}. */
    void fit(float[] x, int from, float[] weights, int at) {
        float extreme = SymmetricSearch.extreme(x, from, SIZE);
        if (Math.abs(extreme) < SymmetricSearch.ZERO) {
            scale = 0;
            return;
        }
        sums(x, from, weights, at, firstInverse(extreme));
        scale = sumQ2 > 0 ? sumXQ / sumQ2 : 0;
        float best = scale * sumXQ;
        for (int step = -LAST; step <= LAST; step++) {
            sums(x, from, weights, at, numerator(step) / extreme);
            if (sumQ2 > 0 && sumXQ * sumXQ > best * sumQ2) {
                scale = sumXQ / sumQ2;
                best = scale * sumXQ;
            }
        }
    }

    private void sums(float[] x, int from, float[] weights, int at, float inverse) {
        float xq = 0;
        float q2 = 0;
        for (int i = 0; i < SIZE; i++) {
            float v = x[from + i];
            float q = Iq4Values.value(Iq4Values.nearest(inverse * v));
            float weight = weights[at + i];
            xq += weight * q * v;
            q2 += weight * q * q;
        }
        sumXQ = xq;
        sumQ2 = q2;
    }
}
