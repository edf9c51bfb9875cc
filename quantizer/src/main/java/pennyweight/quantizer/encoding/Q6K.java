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

    static final int HIGH = 128;
    private static final int SCALES = 192;
    private static final int D = 208;

    /** The low four bits of eight codes in eight bytes, and their high two. */
    static final long LOW_BITS = 0x0f0f0f0f0f0f0f0fL;

    static final long HIGH_BITS = 0x3030303030303030L;

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
        float[] weights = new float[SIZE];
        float[] scales = new float[SUBS];
        float[] codeInverses = new float[SUBS];
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            ErrorWeights.squares(values, x, SIZE, weights, 0);
            fit(search, values, x, weights, 0, scales, codeInverses);
            finishScalar(values, x, scales, codeInverses, codes, bytes, at + b * BYTES);
        }
    }

    /** The importance of a column is the weight of its errors, as it is. */
    @Override
    public void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        if (KernelEdition.vectors()) {
            Q6KVectors.encodeWeighted(values, from, rows, rowBlocks, weights, bytes, at);
        } else {
            encodeWeightedScalar(values, from, rows, rowBlocks, weights, bytes, at);
        }
    }

    static void encodeWeightedScalar(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        SymmetricSearch search = new SymmetricSearch(SUB, TOP);
        float[] scales = new float[SUBS];
        float[] codeInverses = new float[SUBS];
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * SIZE;
            fit(search, values, x, weights, b % rowBlocks * SIZE, scales, codeInverses);
            finishScalar(values, x, scales, codeInverses, codes, bytes, at + b * BYTES);
        }
    }

    private static void fit(
            SymmetricSearch search,
            float[] values,
            int from,
            float[] weights,
            int firstWeight,
            float[] scales,
            float[] codeInverses) {
        for (int j = 0; j < SUBS; j++) {
            search.fit(values, from + j * SUB, weights, firstWeight + j * SUB);
            scales[j] = search.scale();
            codeInverses[j] = search.codeInverse();
        }
    }

    /**
     * Stores a block whose scales were found: codes are made against the stored step of their
     * sub-block; where that is 0 the codes of the search stay.
     */
    private static void finishScalar(
            float[] values,
            int from,
            float[] scales,
            float[] codeInverses,
            byte[] codes,
            byte[] bytes,
            int at) {
        if (!putScales(scales, bytes, at)) {
            return;
        }
        float[] steps = new float[SUBS];
        steps(bytes, at, steps);
        for (int j = 0; j < SUBS; j++) {
            int x = from + j * SUB;
            if (steps[j] != 0) {
                SymmetricCodes.ofStepScalar(values, x, SUB, steps[j], TOP, codes, j * SUB);
            } else {
                SymmetricCodes.ofInverse(values, x, SUB, codeInverses[j], TOP, codes, j * SUB);
            }
        }
        pack(codes, bytes, at);
    }

    /** Stores d and the scales; false where the whole block is zeros, which are then its bytes. */
    static boolean putScales(float[] scales, byte[] bytes, int at) {
        float extreme = SymmetricSearch.extreme(scales, 0, SUBS);
        if (Math.abs(extreme) < SymmetricSearch.ZERO) {
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

    /** The steps of all sub-blocks as a reader computes them from the bytes at {@code at}. */
    static void steps(byte[] bytes, int at, float[] steps) {
        float d = LittleEndian.getHalf(bytes, at + D);
        for (int j = 0; j < steps.length; j++) {
            steps[j] = d * bytes[at + SCALES + j];
        }
    }

    /** Packs 256 codes, one a byte, eight at a time. */
    static void pack(byte[] codes, byte[] bytes, int at) {
        for (int h = 0; h < 2; h++) {
            for (int i = 0; i < 32; i += Long.BYTES) {
                int c = 128 * h + i;
                int low = at + 64 * h + i;
                long q0 = LittleEndian.getLong(codes, c);
                long q1 = LittleEndian.getLong(codes, c + 32);
                long q2 = LittleEndian.getLong(codes, c + 64);
                long q3 = LittleEndian.getLong(codes, c + 96);
                LittleEndian.putLong(bytes, low, (q0 & LOW_BITS) | (q2 & LOW_BITS) << 4);
                LittleEndian.putLong(bytes, low + 32, (q1 & LOW_BITS) | (q3 & LOW_BITS) << 4);
                LittleEndian.putLong(
                        bytes,
                        at + HIGH + 32 * h + i,
                        (q0 & HIGH_BITS) >>> 4
                                | (q1 & HIGH_BITS) >>> 2
                                | (q2 & HIGH_BITS)
                                | (q3 & HIGH_BITS) << 2);
            }
        }
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        float[] steps = new float[SUBS];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            unpack(bytes, p, codes);
            steps(bytes, p, steps);
            for (int j = 0; j < SUBS; j++) {
                Codes.toNumbers(
                        codes,
                        j * SUB,
                        SUB,
                        Codes.UNSIGNED,
                        TOP,
                        steps[j],
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
