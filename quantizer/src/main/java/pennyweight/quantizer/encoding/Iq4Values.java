package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;

/**
 * The 16 values that codes of IQ4_NL and IQ4_XS stand for ({@code kvalues_iq4nl}), and the code of
 * the value nearest to a number.
 */
final class Iq4Values {
    static final int COUNT = 16;

    private static final byte[] VALUES = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    private Iq4Values() {}

    /** The value of a code. */
    static float value(int code) {
        return VALUES[code];
    }

    /**
     * The middle between a value and the one below it. The reference takes the lower one where
     * {@code x - lower < upper - x} in float32; both differences are exact near the middle, so this
     * is {@code x < middle}, the middle itself going up.
     */
    static float middle(int code) {
        return (VALUES[code - 1] + VALUES[code]) * 0.5f;
    }

    /** The code of the value nearest to {@code x}; the highest for NaN, as in the reference. */
    static int nearest(float x) {
        int code = 0;
        for (int step = COUNT / 2; step > 0; step /= 2) {
            if (!(x < middle(code + step))) {
                code += step;
            }
        }
        return code;
    }

    /** The codes nearest to {@code inverse * values}, one a byte. */
    static void codes(float[] values, int from, int count, float inverse, byte[] codes, int at) {
        if (KernelEdition.vectors()) {
            Iq4ValuesVectors.codes(values, from, count, inverse, codes, at);
        } else {
            codesScalar(values, from, count, inverse, codes, at);
        }
    }

    static void codesScalar(
            float[] values, int from, int count, float inverse, byte[] codes, int at) {
        for (int i = 0; i < count; i++) {
            codes[at + i] = (byte) nearest(inverse * values[from + i]);
        }
    }

    /**
     * Reads 32 codes from the 16 bytes at {@code at}: {@code step * value(code)}.
     *
     * @param codes scratch for 32 codes
     */
    static void decode(byte[] bytes, int at, float step, byte[] codes, float[] values, int from) {
        BitPacking.nibbles(bytes, at, HalfBytes.BYTES, codes, 0);
        for (int i = 0; i < HalfBytes.SIZE; i++) {
            codes[i] = VALUES[codes[i]];
        }
        Codes.toNumbers(
                codes, 0, HalfBytes.SIZE, Codes.SIGNED, 0, step, Codes.NO_BIAS, values, from);
    }
}
