package pennyweight.quantizer.encoding;

/**
 * Scales e8m0: the powers of two from 2^-127 to 2^128, of which the last is infinite as a float32.
 */
final class PowerScale {
    private static final int BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    /** 2^-127 as a float32, which is subnormal. */
    private static final int SMALLEST_BITS = 0x400000;

    private PowerScale() {}

    /**
     * The code of the smallest power of two that is at least {@code s}, so that no number of a
     * group exceeds what the small floats hold; 2^-127 where it would be smaller still, 2^0 of 0.
     * (MLX 0.32.2 took the nearest power by the logarithm; 0.32.4 takes this one.)
     */
    static byte atLeast(float s) {
        int bits = Float.floatToRawIntBits(s);
        if (bits == 0) {
            return BIAS;
        }
        return (byte)
                (bits <= SMALLEST_BITS ? 0 : (bits + (1 << MANTISSA_BITS) - 1) >>> MANTISSA_BITS);
    }

    /** The number of a code. */
    static float number(byte code) {
        int biased = code & 0xff;
        return Float.intBitsToFloat(biased == 0 ? SMALLEST_BITS : biased << MANTISSA_BITS);
    }

    /**
     * The reciprocal of the number of a code below 254; to multiply by it is to divide by the
     * number.
     */
    static float reciprocal(byte code) {
        return Float.intBitsToFloat((2 * BIAS - (code & 0xff)) << MANTISSA_BITS);
    }
}
