package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Q4_0: 32 numbers, {@code d} (binary16), 16 bytes of codes, the first half of the block in the low
 * nibbles; value {@code d * (code - 8)}. The number of largest magnitude gets code 0.
 */
final class Q40 implements BlockCodec {
    static final int SIZE = 32;
    static final int HALF = SIZE / 2;
    static final int BYTES = 18;

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            Q40Vectors.encode(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    static void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        for (int b = 0; b < blocks; b++) {
            encode(values, from + b * SIZE, bytes, at + b * BYTES);
        }
    }

    private static void encode(float[] x, int from, byte[] bytes, int at) {
        float largest = 0;
        float extreme = 0;
        for (int i = 0; i < SIZE; i++) {
            float v = x[from + i];
            if (Math.abs(v) > largest) {
                largest = Math.abs(v);
                extreme = v;
            }
        }
        float inverse = putScale(extreme, bytes, at);
        for (int i = 0; i < HALF; i++) {
            int low = code(x[from + i] * inverse);
            int high = code(x[from + HALF + i] * inverse);
            bytes[at + 2 + i] = (byte) (low | high << 4);
        }
    }

    /** Stores d and returns 1/d, which may be infinite; 0 for a block of zeros. */
    static float putScale(float extreme, byte[] bytes, int at) {
        float d = extreme / -8;
        LittleEndian.putHalf(bytes, at, d);
        return d != 0 ? 1 / d : 0;
    }

    /**
     * Truncates as C does on x86-64: where 1/d overflowed, the conversion to int gives a number
     * whose low byte is 0, and so does this one.
     */
    private static int code(float scaled) {
        return Float.isFinite(scaled) ? Math.min(15, (int) (scaled + 8.5f)) : 0;
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            BitPacking.nibbles(bytes, p + 2, HALF, codes, 0);
            float d = LittleEndian.getHalf(bytes, p);
            Codes.toNumbers(
                    codes, 0, SIZE, Codes.UNSIGNED, 8, d, Codes.NO_BIAS, values, from + b * SIZE);
        }
    }
}
