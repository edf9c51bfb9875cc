package pennyweight.quantizer.kernel;

/** Looks for numbers that no encoding takes. */
public final class Finite {
    static final int EXPONENT = 0x7f800000;

    private Finite() {}

    /** How many of {@code values[from .. to)} are NaN or infinite. */
    public static int countNonFinite(float[] values, int from, int to) {
        return KernelEdition.vectors()
                ? FiniteVectors.countNonFinite(values, from, to)
                : countScalar(values, from, to);
    }

    static int countScalar(float[] values, int from, int to) {
        int n = 0;
        for (int i = from; i < to; i++) {
            if ((Float.floatToRawIntBits(values[i]) & EXPONENT) == EXPONENT) {
                n++;
            }
        }
        return n;
    }
}
