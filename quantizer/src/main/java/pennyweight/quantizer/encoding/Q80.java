package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Q8_0: 32 numbers, {@code d} (binary16) and 32 signed bytes; value {@code d * code}. Codes are
 * rounded half away from zero against the d that is not yet rounded to binary16.
 */
final class Q80 implements BlockCodec {
    static final int SIZE = 32;
    static final int BYTES = 34;

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            Q80Vectors.encode(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    static void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * BYTES;
            float largest = 0;
            for (int i = 0; i < SIZE; i++) {
                largest = Math.max(largest, Math.abs(values[x + i]));
            }
            float inverse = putScale(largest, bytes, p);
            for (int i = 0; i < SIZE; i++) {
                bytes[p + 2 + i] = (byte) Rounding.halfAway(values[x + i] * inverse);
            }
        }
    }

    /**
     * Stores d and returns 1/d. Where that overflows (a block below 4e-37) it returns 0: all codes
     * are then 0, as C's conversion to int makes them on x86-64.
     */
    static float putScale(float largest, byte[] bytes, int at) {
        float d = largest / 127;
        LittleEndian.putHalf(bytes, at, d);
        float inverse = d != 0 ? 1 / d : 0;
        return inverse == Float.POSITIVE_INFINITY ? 0 : inverse;
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            float d = LittleEndian.getHalf(bytes, p);
            Codes.toNumbers(
                    bytes, p + 2, SIZE, Codes.SIGNED, 0, d, Codes.NO_BIAS, values, from + b * SIZE);
        }
    }
}
