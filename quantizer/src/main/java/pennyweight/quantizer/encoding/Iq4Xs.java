package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * IQ4_XS: 256 numbers in 8 sub-blocks of 32: {@code d} (binary16), the high two bits of the 6-bit
 * scales (16 bits), their low four (4 bytes), then per sub-block 16 bytes of codes as in IQ4_NL;
 * value {@code (d * (scale - 32)) * value(code)} with the values of {@link Iq4Values}. Codes are
 * made against the d that is not yet rounded to binary16.
 */
final class Iq4Xs implements BlockCodec {
    static final int SIZE = 256;
    static final int SUB = HalfBytes.SIZE;
    static final int SUBS = SIZE / SUB;
    static final int BYTES = 136;

    private static final int SCALE_TOP = 32;
    private static final int SCALES_HIGH = 2;
    private static final int SCALES_LOW = 4;
    private static final int CODES = 8;

    /** Blocks that pass each stage of the vector edition together. */
    private static final int BATCH = 8;

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            encodeVectors(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    static void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        Iq4Search search = new Iq4Search();
        float[] errors = new float[SIZE];
        float[] scales = new float[SUBS];
        float[] inverses = new float[SUBS];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            ErrorWeights.squares(values, x, SIZE, errors, 0);
            fit(search, values, x, errors, scales);
            putScales(scales, 0, inverses, bytes, at + b * BYTES);
            putCodesScalar(values, x, inverses, bytes, at + b * BYTES);
        }
    }

    static void encodeVectors(float[] values, int from, int blocks, byte[] bytes, int at) {
        Iq4SearchVectors search = new Iq4SearchVectors(BATCH * SUBS);
        float[] inverses = new float[SUBS];
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * SIZE;
            search.fit(values, x, count * SUBS);
            finishVectors(values, x, count, search.scales, inverses, bytes, at + first * BYTES);
        }
    }

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
            encodeWeightedVectors(values, from, rows, rowBlocks, weights, bytes, at);
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
        Iq4Search search = new Iq4Search();
        float[] squares = new float[1];
        float[] errors = new float[SIZE];
        float[] scales = new float[SUBS];
        float[] inverses = new float[SUBS];
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * SIZE;
            int column = b % rowBlocks * SIZE;
            ErrorWeights.sumsOfSquares(values, x, SIZE, 1, squares);
            ErrorWeights.ofScalar(
                    values, x, SIZE, weights, column, meanSquare(squares[0]), errors, 0);
            fit(search, values, x, errors, scales);
            putScales(scales, 0, inverses, bytes, at + b * BYTES);
            putCodesScalar(values, x, inverses, bytes, at + b * BYTES);
        }
    }

    static void encodeWeightedVectors(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        Iq4SearchVectors search = new Iq4SearchVectors(BATCH * SUBS);
        float[] squares = new float[BATCH];
        float[] errors = new float[BATCH * SIZE];
        float[] inverses = new float[SUBS];
        int blocks = rows * rowBlocks;
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * SIZE;
            ErrorWeights.sumsOfSquares(values, x, SIZE, count, squares);
            for (int b = 0; b < count; b++) {
                ErrorWeights.of(
                        values,
                        x + b * SIZE,
                        SIZE,
                        weights,
                        (first + b) % rowBlocks * SIZE,
                        meanSquare(squares[b]),
                        errors,
                        b * SIZE);
            }
            search.fit(values, x, errors, 0, count * SUBS);
            finishVectors(values, x, count, search.scales, inverses, bytes, at + first * BYTES);
        }
    }

    /** Twice the mean over the block, as the reference has it. */
    private static float meanSquare(float sumOfSquares) {
        return sumOfSquares * (2f / SIZE);
    }

    private static void fit(
            Iq4Search search, float[] values, int from, float[] errors, float[] scales) {
        for (int j = 0; j < SUBS; j++) {
            search.fit(values, from + j * SUB, errors, j * SUB);
            scales[j] = search.scale();
        }
    }

    private static void finishVectors(
            float[] values,
            int from,
            int blocks,
            float[] scales,
            float[] inverses,
            byte[] bytes,
            int at) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * BYTES;
            putScales(scales, b * SUBS, inverses, bytes, p);
            for (int j = 0; j < SUBS; j++) {
                Iq4Values.codes(values, x + j * SUB, SUB, inverses[j], codes, j * SUB);
            }
            putCodes(codes, bytes, p);
        }
    }

    /**
     * Stores d and the scales, that of largest magnitude as -32, and computes the inverse of each
     * sub-block's step.
     */
    private static void putScales(
            float[] scales, int from, float[] inverses, byte[] bytes, int at) {
        float d = -SymmetricSearch.extreme(scales, from, SUBS) / SCALE_TOP;
        float inverse = d != 0 ? 1 / d : 0;
        int low = 0;
        int high = 0;
        for (int j = 0; j < SUBS; j++) {
            int code = Rounding.nearest(inverse * scales[from + j], -SCALE_TOP, SCALE_TOP - 1);
            float step = d * code;
            inverses[j] = step != 0 ? 1 / step : 0;
            low |= ((code + SCALE_TOP) & 15) << (4 * j);
            high |= ((code + SCALE_TOP) >> 4) << (2 * j);
        }
        LittleEndian.putHalf(bytes, at, d);
        LittleEndian.putShort(bytes, at + SCALES_HIGH, (short) high);
        LittleEndian.putInt(bytes, at + SCALES_LOW, low);
    }

    private static void putCodesScalar(
            float[] values, int from, float[] inverses, byte[] bytes, int at) {
        byte[] codes = new byte[SIZE];
        for (int j = 0; j < SUBS; j++) {
            Iq4Values.codesScalar(values, from + j * SUB, SUB, inverses[j], codes, j * SUB);
        }
        putCodes(codes, bytes, at);
    }

    private static void putCodes(byte[] codes, byte[] bytes, int at) {
        for (int j = 0; j < SUBS; j++) {
            HalfBytes.pack(codes, j * SUB, bytes, at + CODES + j * HalfBytes.BYTES);
        }
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SUB];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            float d = LittleEndian.getHalf(bytes, p);
            int high = LittleEndian.getShort(bytes, p + SCALES_HIGH);
            int low = LittleEndian.getInt(bytes, p + SCALES_LOW);
            for (int j = 0; j < SUBS; j++) {
                int scale = ((low >>> (4 * j)) & 15) | ((high >>> (2 * j)) & 3) << 4;
                Iq4Values.decode(
                        bytes,
                        p + CODES + j * HalfBytes.BYTES,
                        d * (scale - SCALE_TOP),
                        codes,
                        values,
                        from + b * SIZE + j * SUB);
            }
        }
    }
}
