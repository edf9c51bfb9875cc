package pennyweight.quantizer.encoding;

import java.util.Arrays;
import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Q6_K: 256 numbers in 16 sub-blocks of 16: 128 bytes of low four bits, 64 bytes of high two bits,
 * 16 signed scales, {@code d} (binary16); value {@code (d * scale) * (code - 32)}. The sub-block of
 * largest scale gets -128.
 */
final class Q6K implements BlockCodec {
    static final int SIZE = 256;
    static final int SUB = 16;
    static final int SUBS = SIZE / SUB;
    static final int BYTES = 210;
    static final int TOP = 32;

    private static final int HIGH = 128;
    private static final int SCALES = 192;
    private static final int D = 208;

    /** The low four bits of eight codes in eight bytes, and their high two. */
    private static final long LOW_BITS = 0x0f0f0f0f0f0f0f0fL;

    private static final long HIGH_BITS = 0x3030303030303030L;

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            Q6KVectors.encode(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    static void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        SymmetricSearch search = new SymmetricSearch(SUB, TOP);
        float[] scales = new float[SUBS];
        float[] codeInverses = new float[SUBS];
        int[] codes = new int[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * BYTES;
            for (int j = 0; j < SUBS; j++) {
                search.fit(values, x + j * SUB);
                scales[j] = search.scale();
                codeInverses[j] = search.codeInverse();
            }
            if (putScales(scales, bytes, p)) {
                for (int j = 0; j < SUBS; j++) {
                    codes(values, x + j * SUB, step(bytes, p, j), codeInverses[j], codes, j * SUB);
                }
                pack(codes, bytes, p);
            }
        }
    }

    /** Stores d and the scales; false where the whole block is zeros, which are then its bytes. */
    static boolean putScales(float[] scales, byte[] bytes, int at) {
        float largest = 0;
        float extreme = 0;
        for (float scale : scales) {
            if (Math.abs(scale) > largest) {
                largest = Math.abs(scale);
                extreme = scale;
            }
        }
        if (largest < SymmetricSearch.ZERO) {
            Arrays.fill(bytes, at, at + BYTES, (byte) 0);
            return false;
        }
        float inverse = -128f / extreme;
        LittleEndian.putHalf(bytes, at + D, 1 / inverse);
        for (int j = 0; j < SUBS; j++) {
            bytes[at + SCALES + j] = (byte) Math.min(127, Rounding.nearest(inverse * scales[j]));
        }
        return true;
    }

    /** The step of sub-block {@code j} as a reader computes it from the bytes at {@code at}. */
    static float step(byte[] bytes, int at, int j) {
        return LittleEndian.getHalf(bytes, at + D) * bytes[at + SCALES + j];
    }

    /**
     * The codes of one sub-block against its stored step; where that is 0 the codes of the search
     * stay.
     */
    static void codes(
            float[] x, int from, float step, float codeInverse, int[] codes, int firstCode) {
        for (int i = 0; i < SUB; i++) {
            float v = x[from + i];
            codes[firstCode + i] =
                    step != 0
                            ? TOP + Rounding.nearest(v / step, -TOP, TOP - 1)
                            : SymmetricSearch.code(v, codeInverse, TOP);
        }
    }

    static void pack(int[] codes, byte[] bytes, int at) {
        for (int h = 0; h < 2; h++) {
            for (int i = 0; i < 32; i++) {
                int c = 128 * h + i;
                int low = at + 64 * h + i;
                int q0 = codes[c];
                int q1 = codes[c + 32];
                int q2 = codes[c + 64];
                int q3 = codes[c + 96];
                bytes[low] = (byte) ((q0 & 15) | (q2 & 15) << 4);
                bytes[low + 32] = (byte) ((q1 & 15) | (q3 & 15) << 4);
                bytes[at + HIGH + 32 * h + i] =
                        (byte) (q0 >> 4 | q1 >> 4 << 2 | q2 >> 4 << 4 | q3 >> 4 << 6);
            }
        }
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            unpack(bytes, p, codes);
            for (int j = 0; j < SUBS; j++) {
                Codes.toNumbers(
                        codes,
                        j * SUB,
                        SUB,
                        Codes.UNSIGNED,
                        TOP,
                        step(bytes, p, j),
                        Codes.NO_BIAS,
                        values,
                        from + b * SIZE + j * SUB);
            }
        }
    }

    /** The inverse of {@link #pack}, eight codes at a time. */
    private static void unpack(byte[] bytes, int at, byte[] codes) {
        for (int h = 0; h < 2; h++) {
            for (int i = 0; i < 32; i += Long.BYTES) {
                int c = 128 * h + i;
                long low = LittleEndian.getLong(bytes, at + 64 * h + i);
                long next = LittleEndian.getLong(bytes, at + 64 * h + 32 + i);
                long high = LittleEndian.getLong(bytes, at + HIGH + 32 * h + i);
                LittleEndian.putLong(codes, c, (low & LOW_BITS) | ((high << 4) & HIGH_BITS));
                LittleEndian.putLong(codes, c + 32, (next & LOW_BITS) | ((high << 2) & HIGH_BITS));
                LittleEndian.putLong(codes, c + 64, ((low >>> 4) & LOW_BITS) | (high & HIGH_BITS));
                LittleEndian.putLong(
                        codes, c + 96, ((next >>> 4) & LOW_BITS) | ((high >>> 2) & HIGH_BITS));
            }
        }
    }
}
