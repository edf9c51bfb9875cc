package pennyweight.quantizer.encoding;

import java.util.Arrays;
import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Q3_K: 256 numbers in 16 sub-blocks of 16: 32 bytes of high bits (of code i bit {@code i / 32} of
 * byte {@code i % 32}), 64 bytes of low two bits, 12 bytes of 6-bit scales, {@code d} (binary16);
 * value {@code (d * (scale - 32)) * (code - 4)}.
 */
final class Q3K implements BlockCodec {
    static final int SIZE = 256;
    static final int SUB = 16;
    static final int SUBS = SIZE / SUB;
    static final int BYTES = 110;
    static final int TOP = 4;

    /** Scales are signed codes around this. */
    static final int SCALE_TOP = 32;

    private static final int LOW = 32;
    private static final int SCALES = 96;
    private static final int D = 108;

    /** How far apart in memory the codes are whose high bits share a byte. */
    private static final int PLANE = 32;

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long LOW_BITS = 3 * EACH_BYTE;
    private static final long NIBBLES = 15 * EACH_BYTE;

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            Q3KVectors.encode(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    static void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        CoordinateSearch search = new CoordinateSearch(SUB, TOP);
        float[] scales = new float[SUBS];
        byte[] codes = new byte[SIZE];
        byte[] scaleCodes = new byte[SUBS];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * BYTES;
            for (int j = 0; j < SUBS; j++) {
                search.fit(values, x + j * SUB, codes, j * SUB);
                scales[j] = search.scale();
            }
            float d = putScales(scaleCodes, codeScales(scales, 0, scaleCodes), bytes, p);
            codeAgain(values, x, d, scaleCodes, codes);
            pack(codes, bytes, p);
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
            Q3KVectors.encodeWeighted(values, from, rows, rowBlocks, weights, bytes, at);
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
        SymmetricSearch scaleSearch = new SymmetricSearch(SUBS, SCALE_TOP);
        float[] scales = new float[SUBS];
        float[] sums = new float[SUBS];
        float[] squares = new float[1];
        float[] errors = new float[SIZE];
        byte[] codes = new byte[SIZE];
        byte[] scaleCodes = new byte[SUBS];
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * BYTES;
            ErrorWeights.sumsOfSquares(values, x, SIZE, 1, squares);
            ErrorWeights.ofScalar(
                    values,
                    x,
                    SIZE,
                    weights,
                    b % rowBlocks * SIZE,
                    meanSquare(squares[0]),
                    errors,
                    0);
            for (int j = 0; j < SUBS; j++) {
                int first = j * SUB;
                search.fit(values, x + first, errors, first);
                scales[j] = search.scale();
                sums[j] = sum(errors, first);
                SymmetricCodes.ofInverse(
                        values, x + first, SUB, search.codeInverse(), TOP, codes, first);
            }
            scaleSearch.fit(scales, 0, sums, 0);
            SymmetricCodes.ofInverseScalar(
                    scales, 0, SUBS, scaleSearch.codeInverse(), SCALE_TOP, scaleCodes, 0);
            float d = putScales(scaleCodes, scaleSearch.scale(), bytes, p);
            codeAgain(values, x, d, scaleCodes, codes);
            pack(codes, bytes, p);
        }
    }

    /**
     * The codes of the scales, of which that of largest magnitude gets 0.
     *
     * @return d, not yet rounded; 0 where all scales are 0
     */
    static float codeScales(float[] scales, int from, byte[] codes) {
        float extreme = SymmetricSearch.extreme(scales, from, SUBS);
        if (extreme == 0) {
            Arrays.fill(codes, (byte) 0);
            return 0;
        }
        float inverse = -SCALE_TOP / extreme;
        if (inverse == 0) {
            // An infinite scale: the block is lost, but as the reference loses it.
            Arrays.fill(codes, (byte) SCALE_TOP);
        } else {
            SymmetricCodes.ofInverse(scales, from, SUBS, inverse, SCALE_TOP, codes, 0);
        }
        return 1 / inverse;
    }

    /** Twice the mean, as the reference has it. */
    static float meanSquare(float sumOfSquares) {
        return 2 * sumOfSquares / SIZE;
    }

    private static float sum(float[] weights, int from) {
        float sum = 0;
        for (int i = 0; i < SUB; i++) {
            sum += weights[from + i];
        }
        return sum;
    }

    /**
     * Stores d and scales of six bits, {@code 0 .. 63}, eight at a time.
     *
     * @return d as it was stored
     */
    static float putScales(byte[] codes, float d, byte[] bytes, int at) {
        long first = LittleEndian.getLong(codes, 0);
        long second = LittleEndian.getLong(codes, Long.BYTES);
        LittleEndian.putLong(bytes, at + SCALES, (first & NIBBLES) | (second & NIBBLES) << 4);
        long firstHigh = (first >>> 4) & LOW_BITS;
        long secondHigh = (second >>> 4) & LOW_BITS;
        LittleEndian.putInt(
                bytes,
                at + SCALES + Long.BYTES,
                (int)
                        (firstHigh
                                | (firstHigh >>> 32) << 2
                                | secondHigh << 4
                                | (secondHigh >>> 32) << 6));
        return LittleEndian.putHalf(bytes, at + D, d);
    }

    /** The step of sub-block {@code j} as a reader computes it from the bytes at {@code at}. */
    static float step(byte[] bytes, int at, int j) {
        int low = (bytes[at + SCALES + j % 8] >> (j < 8 ? 0 : 4)) & 15;
        int high = (bytes[at + SCALES + 8 + j % 4] >> (2 * (j / 4))) & 3;
        return LittleEndian.getHalf(bytes, at + D) * ((low | high << 4) - SCALE_TOP);
    }

    /** The steps of all sub-blocks. */
    static void steps(float d, byte[] scaleCodes, float[] steps) {
        for (int j = 0; j < steps.length; j++) {
            steps[j] = d * (scaleCodes[j] - SCALE_TOP);
        }
    }

    /** The codes against the stored steps; where a step is 0 the codes stay. */
    private static void codeAgain(
            float[] values, int from, float d, byte[] scaleCodes, byte[] codes) {
        for (int j = 0; j < SUBS; j++) {
            float step = d * (scaleCodes[j] - SCALE_TOP);
            if (step != 0) {
                SymmetricCodes.ofStepScalar(values, from + j * SUB, SUB, step, TOP, codes, j * SUB);
            }
        }
    }

    /** Packs 256 codes, one a byte, eight at a time. */
    static void pack(byte[] codes, byte[] bytes, int at) {
        for (int i = 0; i < PLANE; i += Long.BYTES) {
            long high = 0;
            for (int k = 0; k < SIZE / PLANE; k++) {
                long c = LittleEndian.getLong(codes, k * PLANE + i);
                high |= ((c >>> 2) & EACH_BYTE) << k;
            }
            LittleEndian.putLong(bytes, at + i, high);
            for (int h = 0; h < 2; h++) {
                long low = 0;
                for (int k = 0; k < 4; k++) {
                    long c = LittleEndian.getLong(codes, (4 * h + k) * PLANE + i);
                    low |= (c & LOW_BITS) << (2 * k);
                }
                LittleEndian.putLong(bytes, at + LOW + h * PLANE + i, low);
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

    /** The inverse of {@link #pack}. */
    private static void unpack(byte[] bytes, int at, byte[] codes) {
        for (int i = 0; i < PLANE; i += Long.BYTES) {
            long high = LittleEndian.getLong(bytes, at + i);
            for (int k = 0; k < SIZE / PLANE; k++) {
                long low = LittleEndian.getLong(bytes, at + LOW + k / 4 * PLANE + i);
                LittleEndian.putLong(
                        codes,
                        k * PLANE + i,
                        ((low >>> (2 * (k % 4))) & LOW_BITS) | ((high >>> k) & EACH_BYTE) << 2);
            }
        }
    }
}
