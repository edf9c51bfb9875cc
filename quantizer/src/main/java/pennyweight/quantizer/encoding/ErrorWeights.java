package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;

/**
 * How ggml weighs the error of each number where an importance matrix is given: {@code importance *
 * sqrt(meanSquare + x²)}, the mean square that of the row or of the block, by type.
 */
final class ErrorWeights {
    /** How many runs are summed side by side: as many as hide the time that one addition takes. */
    private static final int CHAINS = 8;

    private ErrorWeights() {}

    /** Weights of {@code values[from .. from + count)} to {@code weights[to]} on. */
    static void of(
            float[] values,
            int from,
            int count,
            float[] importance,
            int at,
            float meanSquare,
            float[] weights,
            int to) {
        if (KernelEdition.vectors()) {
            ErrorWeightsVectors.of(values, from, count, importance, at, meanSquare, weights, to);
        } else {
            ofScalar(values, from, count, importance, at, meanSquare, weights, to);
        }
    }

    static void ofScalar(
            float[] values,
            int from,
            int count,
            float[] importance,
            int at,
            float meanSquare,
            float[] weights,
            int to) {
        for (int i = 0; i < count; i++) {
            float x = values[from + i];
            weights[to + i] = importance[at + i] * (float) Math.sqrt(meanSquare + x * x);
        }
    }

    /** The weights of an encoder of its own: x². */
    static void squares(float[] values, int from, int count, float[] weights, int to) {
        for (int i = 0; i < count; i++) {
            weights[to + i] = values[from + i] * values[from + i];
        }
    }

    /**
     * The sums of squares of {@code runs} runs of {@code size} numbers that lie one after another,
     * each summed in the order of its numbers.
     */
    static void sumsOfSquares(float[] values, int from, int size, int runs, float[] sums) {
        for (int r = 0; r < runs; r += CHAINS) {
            sumEight(values, from, size, r, runs - 1, sums);
        }
    }

    /** Eight runs; beyond the last one the last again. */
    private static void sumEight(
            float[] values, int from, int size, int first, int last, float[] sums) {
        int at0 = from + first * size;
        int at1 = from + Math.min(first + 1, last) * size;
        int at2 = from + Math.min(first + 2, last) * size;
        int at3 = from + Math.min(first + 3, last) * size;
        int at4 = from + Math.min(first + 4, last) * size;
        int at5 = from + Math.min(first + 5, last) * size;
        int at6 = from + Math.min(first + 6, last) * size;
        int at7 = from + Math.min(first + 7, last) * size;
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        for (int i = 0; i < size; i++) {
            s0 += values[at0 + i] * values[at0 + i];
            s1 += values[at1 + i] * values[at1 + i];
            s2 += values[at2 + i] * values[at2 + i];
            s3 += values[at3 + i] * values[at3 + i];
            s4 += values[at4 + i] * values[at4 + i];
            s5 += values[at5 + i] * values[at5 + i];
            s6 += values[at6 + i] * values[at6 + i];
            s7 += values[at7 + i] * values[at7 + i];
        }
        // The last run is written last: where runs are repeated all of them hold its sum.
        sums[Math.min(first + 7, last)] = s7;
        sums[Math.min(first + 6, last)] = s6;
        sums[Math.min(first + 5, last)] = s5;
        sums[Math.min(first + 4, last)] = s4;
        sums[Math.min(first + 3, last)] = s3;
        sums[Math.min(first + 2, last)] = s2;
        sums[Math.min(first + 1, last)] = s1;
        sums[first] = s0;
    }
}
