package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * IQ4_NL: 32 numbers, {@code d} (binary16), 16 bytes of codes, the first half of the block in the
 * low nibbles; value {@code d * value(code)} with the values of {@link Iq4Values}. Codes are made
 * against the d that is not yet rounded to binary16.
 */
final class Iq4Nl implements BlockCodec {
    static final int SIZE = HalfBytes.SIZE;
    static final int BYTES = 18;

    /** Blocks that pass each stage of the vector edition together. */
    private static final int BATCH = 64;

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
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            ErrorWeights.squares(values, x, SIZE, errors, 0);
            search.fit(values, x, errors, 0);
            Iq4Values.codesScalar(values, x, SIZE, inverse(search.scale()), codes, 0);
            put(search.scale(), codes, bytes, at + b * BYTES);
        }
    }

    static void encodeVectors(float[] values, int from, int blocks, byte[] bytes, int at) {
        Iq4SearchVectors search = new Iq4SearchVectors(BATCH);
        byte[] codes = new byte[SIZE];
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * SIZE;
            search.fit(values, x, count);
            finishVectors(values, x, count, search.scales, codes, bytes, at + first * BYTES);
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
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * SIZE;
            int column = b % rowBlocks * SIZE;
            ErrorWeights.sumsOfSquares(values, x, SIZE, 1, squares);
            ErrorWeights.ofScalar(
                    values, x, SIZE, weights, column, meanSquare(squares[0]), errors, 0);
            search.fit(values, x, errors, 0);
            Iq4Values.codesScalar(values, x, SIZE, inverse(search.scale()), codes, 0);
            put(search.scale(), codes, bytes, at + b * BYTES);
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
        Iq4SearchVectors search = new Iq4SearchVectors(BATCH);
        float[] squares = new float[BATCH];
        float[] errors = new float[BATCH * SIZE];
        byte[] codes = new byte[SIZE];
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
            search.fit(values, x, errors, 0, count);
            finishVectors(values, x, count, search.scales, codes, bytes, at + first * BYTES);
        }
    }

    /** Twice the mean over the block, as the reference has it. */
    private static float meanSquare(float sumOfSquares) {
        return sumOfSquares * (2f / SIZE);
    }

    private static float inverse(float scale) {
        return scale != 0 ? 1 / scale : 0;
    }

    private static void finishVectors(
            float[] values,
            int from,
            int blocks,
            float[] scales,
            byte[] codes,
            byte[] bytes,
            int at) {
        for (int b = 0; b < blocks; b++) {
            Iq4Values.codes(values, from + b * SIZE, SIZE, inverse(scales[b]), codes, 0);
            put(scales[b], codes, bytes, at + b * BYTES);
        }
    }

    private static void put(float d, byte[] codes, byte[] bytes, int at) {
        LittleEndian.putHalf(bytes, at, d);
        HalfBytes.pack(codes, 0, bytes, at + 2);
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * BYTES;
            Iq4Values.decode(
                    bytes, p + 2, LittleEndian.getHalf(bytes, p), codes, values, from + b * SIZE);
        }
    }
}
