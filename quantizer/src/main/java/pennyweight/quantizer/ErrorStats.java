package pennyweight.quantizer;

/**
 * How far numbers read back from an encoding are from their source. Sums are double; {@link #of}
 * adds in an order that its arguments alone fix, so the same tiles merged in the same order give
 * the same bits on every machine and with any number of workers. Merge by position in the tensor
 * ({@link #merge}), not in the order in which tiles are finished.
 *
 * @param squaredError sum of (source - decoded)²
 * @param squares sum of source²
 * @param count numbers compared
 */
public record ErrorStats(double squaredError, double squares, long count) {
    /** Nothing compared. */
    public static final ErrorStats NONE = new ErrorStats(0, 0, 0);

    /** Compares {@code source[0 .. count)} with {@code decoded[0 .. count)}. */
    public static ErrorStats of(float[] source, float[] decoded, int count) {
        // Four sums of every fourth number: independent chains of additions, in a fixed order.
        double e0 = 0;
        double e1 = 0;
        double e2 = 0;
        double e3 = 0;
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i <= count - 4; i += 4) {
            double d0 = (double) source[i] - decoded[i];
            double d1 = (double) source[i + 1] - decoded[i + 1];
            double d2 = (double) source[i + 2] - decoded[i + 2];
            double d3 = (double) source[i + 3] - decoded[i + 3];
            e0 += d0 * d0;
            e1 += d1 * d1;
            e2 += d2 * d2;
            e3 += d3 * d3;
            s0 += (double) source[i] * source[i];
            s1 += (double) source[i + 1] * source[i + 1];
            s2 += (double) source[i + 2] * source[i + 2];
            s3 += (double) source[i + 3] * source[i + 3];
        }
        for (; i < count; i++) {
            double d = (double) source[i] - decoded[i];
            e0 += d * d;
            s0 += (double) source[i] * source[i];
        }
        return new ErrorStats((e0 + e1) + (e2 + e3), (s0 + s1) + (s2 + s3), count);
    }

    /** Both together. */
    public ErrorStats plus(ErrorStats other) {
        return new ErrorStats(
                squaredError + other.squaredError, squares + other.squares, count + other.count);
    }

    /** All together, added in the order given: that of the tiles in the tensor. */
    public static ErrorStats merge(Iterable<ErrorStats> tiles) {
        ErrorStats all = NONE;
        for (ErrorStats tile : tiles) {
            all = all.plus(tile);
        }
        return all;
    }

    /**
     * {@code sqrt(squaredError / squares)}: 0 is exact, 1 is as far off as zeros would be. 0 where
     * nothing differs; infinite where a source of zeros does not come back as zeros.
     */
    public double relativeRmse() {
        return squaredError == 0 ? 0 : Math.sqrt(squaredError / squares);
    }
}
