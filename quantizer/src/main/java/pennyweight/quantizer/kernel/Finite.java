package pennyweight.quantizer.kernel;

/** Looks for numbers that no encoding takes. */
public final class Finite {
    static final int MAGNITUDE = 0x7fffffff;

    private Finite() {}

    /** How many of {@code values[from .. to)} are NaN or infinite. */
    public static int countNonFinite(float[] values, int from, int to) {
        return countBeyond(Float.MAX_VALUE, values, from, to);
    }

    /** How many of {@code values[from .. to)} are NaN or larger than {@code limit} in magnitude. */
    public static int countBeyond(float limit, float[] values, int from, int to) {
        // As whole numbers magnitudes are ordered like the floats they stand for, infinity and NaN
        // above all.
        int bits = Float.floatToRawIntBits(limit);
        return KernelEdition.vectors()
                ? FiniteVectors.countBeyond(bits, values, from, to)
                : countScalar(bits, values, from, to);
    }

    static int countScalar(int limit, float[] values, int from, int to) {
        int n = 0;
        for (int i = from; i < to; i++) {
            if ((Float.floatToRawIntBits(values[i]) & MAGNITUDE) > limit) {
                n++;
            }
        }
        return n;
    }
}
