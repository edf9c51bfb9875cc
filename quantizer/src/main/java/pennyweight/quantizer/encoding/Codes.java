package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;

/** Codes, one a byte, to numbers: the last step of every decoder. */
final class Codes {
    /** A bias that leaves every number as it is, -0 included. */
    static final float NO_BIAS = -0f;

    /** The bits of an unsigned and of a signed code. */
    static final int UNSIGNED = 0xff;

    static final int SIGNED = -1;

    private Codes() {}

    /**
     * {@code scale * (code - zero) + bias} in float32, each operation rounded.
     *
     * @param signs {@link #UNSIGNED} or {@link #SIGNED}
     */
    static void toNumbers(
            byte[] codes,
            int from,
            int count,
            int signs,
            int zero,
            float scale,
            float bias,
            float[] values,
            int at) {
        if (KernelEdition.vectors()) {
            CodesVectors.toNumbers(codes, from, count, signs, zero, scale, bias, values, at);
        } else {
            toNumbersScalar(codes, from, count, signs, zero, scale, bias, values, at);
        }
    }

    static void toNumbersScalar(
            byte[] codes,
            int from,
            int count,
            int signs,
            int zero,
            float scale,
            float bias,
            float[] values,
            int at) {
        for (int i = 0; i < count; i++) {
            values[at + i] = scale * ((codes[from + i] & signs) - zero) + bias;
        }
    }
}
