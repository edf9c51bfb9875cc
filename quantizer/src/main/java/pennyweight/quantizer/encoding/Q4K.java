package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Q4_K: 256 numbers in 8 sub-blocks of 32: {@code d}, {@code dmin} (binary16), 12 bytes of eight
 * 6-bit scales and offsets, 128 bytes of codes (64 numbers to 32 bytes, the first 32 in the low
 * nibbles); value {@code (d * scale) * code - dmin * offset}.
 */
final class Q4K implements BlockCodec {
    static final int SIZE = 256;
    static final int SUB = 32;
    static final int SUBS = SIZE / SUB;
    static final int BYTES = 144;
    static final int TOP = 15;

    private static final int SCALES = 4;
    private static final int CODES = 16;
    private static final int TOP_SCALE = 63;

    /** What the search found for the sub-blocks of a run of blocks. */
    static final class Fits {
        final float[] scale;
        final float[] offset;
        final float[] codeInverse;
        final float[] codeMinimum;

        Fits(int blocks) {
            scale = new float[blocks * SUBS];
            offset = new float[blocks * SUBS];
            codeInverse = new float[blocks * SUBS];
            codeMinimum = new float[blocks * SUBS];
        }
    }

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            Q4KVectors.encode(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    static void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        AffineSearch search = new AffineSearch(SUB, TOP);
        Fits fits = new Fits(1);
        int[] codes = new int[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * BYTES;
            for (int j = 0; j < SUBS; j++) {
                search.fit(values, x + j * SUB);
                fits.scale[j] = search.scale();
                fits.offset[j] = search.offset();
                fits.codeInverse[j] = search.codeInverse();
                fits.codeMinimum[j] = search.codeMinimum();
            }
            putScales(fits, 0, bytes, p);
            for (int j = 0; j < SUBS; j++) {
                codes(values, x + j * SUB, bytes, p, j, fits, j, codes);
            }
            pack(codes, bytes, p);
        }
    }

    /** Stores d, dmin and the 6-bit scales of the block whose first sub-block is {@code first}. */
    static void putScales(Fits fits, int first, byte[] bytes, int at) {
        float largestScale = 0;
        float largestOffset = 0;
        for (int j = first; j < first + SUBS; j++) {
            largestScale = fits.scale[j] > largestScale ? fits.scale[j] : largestScale;
            largestOffset = fits.offset[j] > largestOffset ? fits.offset[j] : largestOffset;
        }
        float inverseScale = largestScale > 0 ? TOP_SCALE / largestScale : 0;
        float inverseOffset = largestOffset > 0 ? TOP_SCALE / largestOffset : 0;
        LittleEndian.putHalf(bytes, at, largestScale / TOP_SCALE);
        LittleEndian.putHalf(bytes, at + 2, largestOffset / TOP_SCALE);
        int s = at + SCALES;
        for (int j = 0; j < SUBS; j++) {
            int scale = sixBits(inverseScale * fits.scale[first + j]);
            int offset = sixBits(inverseOffset * fits.offset[first + j]);
            if (j < 4) {
                bytes[s + j] = (byte) scale;
                bytes[s + j + 4] = (byte) offset;
            } else {
                bytes[s + j + 4] = (byte) ((scale & 15) | (offset & 15) << 4);
                bytes[s + j - 4] |= (byte) (scale >> 4 << 6);
                bytes[s + j] |= (byte) (offset >> 4 << 6);
            }
        }
    }

    /** Rounds to 0..63; a negative one wraps in its byte and is cut to 63, as in ggml. */
    private static int sixBits(float v) {
        return Math.min(TOP_SCALE, Rounding.nearest(v) & 0xff);
    }

    /** The 6-bit scale of sub-block {@code j}. */
    private static int scale(byte[] bytes, int at, int j) {
        int s = at + SCALES;
        return j < 4
                ? bytes[s + j] & 63
                : (bytes[s + j + 4] & 15) | (bytes[s + j - 4] >> 6 & 3) << 4;
    }

    /** The 6-bit offset of sub-block {@code j}. */
    private static int offset(byte[] bytes, int at, int j) {
        int s = at + SCALES;
        return j < 4
                ? bytes[s + j + 4] & 63
                : (bytes[s + j + 4] >> 4 & 15) | (bytes[s + j] >> 6 & 3) << 4;
    }

    /** The step of sub-block {@code j} as a reader computes it from the bytes at {@code at}. */
    static float step(byte[] bytes, int at, int j) {
        return LittleEndian.getHalf(bytes, at) * scale(bytes, at, j);
    }

    /** What a reader subtracts in sub-block {@code j}. */
    static float subtrahend(byte[] bytes, int at, int j) {
        return LittleEndian.getHalf(bytes, at + 2) * offset(bytes, at, j);
    }

    /**
     * The codes of sub-block {@code j}, which starts at {@code x[from]}, against the scales that
     * were stored; where the stored step is 0 the codes of the search stay.
     */
    static void codes(
            float[] x, int from, byte[] bytes, int at, int j, Fits fits, int fit, int[] codes) {
        float step = step(bytes, at, j);
        float subtrahend = subtrahend(bytes, at, j);
        for (int i = 0; i < SUB; i++) {
            float v = x[from + i];
            codes[j * SUB + i] =
                    step != 0
                            ? Rounding.nearest((v + subtrahend) / step, 0, TOP)
                            : AffineSearch.code(
                                    v, fits.codeInverse[fit], fits.codeMinimum[fit], TOP);
        }
    }

    static void pack(int[] codes, byte[] bytes, int at) {
        for (int g = 0; g < SIZE / 64; g++) {
            for (int i = 0; i < SUB; i++) {
                bytes[at + CODES + SUB * g + i] =
                        (byte) (codes[64 * g + i] | codes[64 * g + SUB + i] << 4);
            }
        }
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            for (int g = 0; g < SIZE / 64; g++) {
                BitPacking.nibbles(bytes, p + CODES + SUB * g, SUB, codes, 64 * g);
            }
            for (int j = 0; j < SUBS; j++) {
                Codes.toNumbers(
                        codes,
                        j * SUB,
                        SUB,
                        Codes.UNSIGNED,
                        0,
                        step(bytes, p, j),
                        -subtrahend(bytes, p, j),
                        values,
                        from + b * SIZE + j * SUB);
            }
        }
    }
}
