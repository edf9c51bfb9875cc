package pennyweight.quantizer.encoding;

/** What the affine searches weigh the errors of a sub-block by. */
final class AffineWeights {
    private AffineWeights() {}

    /** The sum of the squares of {@code count} numbers, in their order. */
    static float squares(float[] x, int from, int count) {
        float squares = 0;
        for (int i = 0; i < count; i++) {
            squares += x[from + i] * x[from + i];
        }
        return squares;
    }

    /**
     * The mean square of each of a run of rows, summed in the order of its columns. Four rows go
     * together, whose sums do not wait for each other.
     *
     * @param means receives one for each row
     */
    static void meanSquares(float[] x, int from, int columns, float[] means) {
        int r = 0;
        for (; r <= means.length - 4; r += 4) {
            int x0 = from + r * columns;
            int x1 = x0 + columns;
            int x2 = x1 + columns;
            int x3 = x2 + columns;
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            for (int i = 0; i < columns; i++) {
                s0 += x[x0 + i] * x[x0 + i];
                s1 += x[x1 + i] * x[x1 + i];
                s2 += x[x2 + i] * x[x2 + i];
                s3 += x[x3 + i] * x[x3 + i];
            }
            means[r] = s0 / columns;
            means[r + 1] = s1 / columns;
            means[r + 2] = s2 / columns;
            means[r + 3] = s3 / columns;
        }
        for (; r < means.length; r++) {
            means[r] = squares(x, from + r * columns, columns) / columns;
        }
    }

    /**
     * The magnitude of each number and {@code base}: the rms of the sub-block, or 0.
     *
     * @param weights receives as many as it has room for
     */
    static void magnitudes(float[] x, int from, float base, float[] weights) {
        for (int i = 0; i < weights.length; i++) {
            weights[i] = base + Math.abs(x[from + i]);
        }
    }

    /**
     * The importance of the column times the root of the number's square and {@code energy}, about
     * the mean square of its surroundings.
     *
     * @param weights receives as many as it has room for
     */
    static void importance(
            float[] x, int from, float energy, float[] importance, int column, float[] weights) {
        for (int i = 0; i < weights.length; i++) {
            float v = x[from + i];
            weights[i] = importance[column + i] * (float) Math.sqrt(energy + v * v);
        }
    }
}
