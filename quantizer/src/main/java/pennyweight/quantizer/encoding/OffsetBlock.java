package pennyweight.quantizer.encoding;

import java.util.Arrays;
import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Q4_1 and Q5_1: 32 numbers, {@code d} and {@code m} (binary16), for Q5_1 4 bytes of the fifth bits
 * of the codes, 16 bytes of the others, the first half of the block in the low nibbles; value
 * {@code d * code + m}.
 *
 * @param bits of a code, 4 or 5
 */
record OffsetBlock(int bits) implements BlockCodec {
    static final int SIZE = 32;

    /** Bytes of d and m. */
    static final int HALVES = 4;

    private static final int FIFTH = 4;
    private static final long FIFTH_BITS = 0x1010101010101010L;

    /** Bytes of a block. */
    int bytes() {
        return HALVES + SIZE * bits / Byte.SIZE;
    }

    /** The largest code. */
    int top() {
        return (1 << bits) - 1;
    }

    /** The search with importance weights. */
    AffineGrid weightedGrid() {
        return AffineGrid.weighted(SIZE, top());
    }

    private Interleaved nibbles() {
        return new Interleaved(0, SIZE / 2, 2, 4, 0, bytes() - SIZE / 2);
    }

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            OffsetBlockVectors.encode(this, values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * bytes();
            float min = values[x];
            float max = min;
            for (int i = 1; i < SIZE; i++) {
                float v = values[x + i];
                min = v < min ? v : min;
                max = v > max ? v : max;
            }
            float inverse = putEnds(min, max, bytes, p);
            codes(values, x, min, inverse, codes);
            pack(codes, bytes, p);
        }
    }

    /** The codes of a block between its ends. */
    void codes(float[] values, int from, float min, float inverse, byte[] codes) {
        for (int i = 0; i < SIZE; i++) {
            codes[i] = (byte) Math.min(top(), (int) ((values[from + i] - min) * inverse + 0.5f));
        }
    }

    /**
     * Stores d and m and returns 1/d; 0 where d is 0, and where 1/d is infinite: C on x86-64 makes
     * a number whose low byte is 0 of what is not finite.
     */
    float putEnds(float min, float max, byte[] bytes, int at) {
        float d = (max - min) / top();
        LittleEndian.putHalf(bytes, at, d);
        LittleEndian.putHalf(bytes, at + 2, min);
        float inverse = 1 / d;
        return Float.isFinite(inverse) ? inverse : 0;
    }

    /** Stores what a search found. */
    void putFit(float scale, float offset, byte[] bytes, int at) {
        LittleEndian.putHalf(bytes, at, scale);
        LittleEndian.putHalf(bytes, at + 2, -offset);
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
            new OffsetBlockVectors(this)
                    .encodeWeighted(values, from, rows, rowBlocks, weights, bytes, at);
        } else {
            encodeWeightedScalar(values, from, rows, rowBlocks, weights, bytes, at);
        }
    }

    void encodeWeightedScalar(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] importance,
            byte[] bytes,
            int at) {
        AffineGrid grid = weightedGrid();
        AffineSearch search = new AffineSearch(grid);
        float[] weights = new float[SIZE];
        byte[] codes = new byte[SIZE];
        for (int r = 0; r < rows; r++) {
            int row = from + r * rowBlocks * SIZE;
            float energy =
                    AffineWeights.squares(values, row, rowBlocks * SIZE) / (rowBlocks * SIZE);
            for (int b = 0; b < rowBlocks; b++) {
                int x = row + b * SIZE;
                int p = at + (r * rowBlocks + b) * bytes();
                AffineWeights.importance(values, x, energy, importance, b * SIZE, weights);
                search.fit(values, x, weights);
                putFit(search.scale(), search.offset(), bytes, p);
                AffineCodec.searched(
                        values, x, grid, search.codeInverse(), search.codeMinimum(), codes, 0);
                pack(codes, bytes, p);
            }
        }
    }

    /** Packs the codes of a block, one a byte. */
    void pack(byte[] codes, byte[] bytes, int at) {
        nibbles().pack(codes, bytes, at);
        if (bits == 5) {
            for (int i = 0; i < SIZE; i += Long.BYTES) {
                long fifth = Long.compress(LittleEndian.getLong(codes, i), FIFTH_BITS);
                bytes[at + FIFTH + i / Byte.SIZE] = (byte) fifth;
            }
        }
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * bytes();
            Arrays.fill(codes, (byte) 0);
            nibbles().unpack(bytes, p, codes);
            if (bits == 5) {
                for (int i = 0; i < SIZE; i += Long.BYTES) {
                    long fifth = Long.expand(bytes[p + FIFTH + i / Byte.SIZE], FIFTH_BITS);
                    LittleEndian.putLong(codes, i, LittleEndian.getLong(codes, i) | fifth);
                }
            }
            Codes.toNumbers(
                    codes,
                    0,
                    SIZE,
                    Codes.UNSIGNED,
                    0,
                    LittleEndian.getHalf(bytes, p),
                    LittleEndian.getHalf(bytes, p + 2),
                    values,
                    from + b * SIZE);
        }
    }
}
