package pennyweight.quantizer.encoding;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * The K types of an offset: 256 numbers in sub-blocks, {@code d} and {@code dmin} (binary16), a
 * small code of scale and of offset for each sub-block, a code for each number; value {@code (d *
 * scale) * code - dmin * offset}.
 */
final class AffineType {
    /** Sub-blocks of 16; scales at 0, codes at 16, d and dmin at 80. */
    static final AffineType Q2_K =
            new AffineType(
                    "Q2_K",
                    new AffineGrid(16, 3, -0.5f, 0.1f, 15, true),
                    84,
                    80,
                    ScalePacking.FOUR_BITS,
                    0,
                    List.of(
                            new Interleaved(0, 32, 4, 2, 0, 16),
                            new Interleaved(128, 32, 4, 2, 0, 48)));

    /** Sub-blocks of 32; d and dmin at 0, scales at 4, codes at 16. */
    static final AffineType Q4_K =
            new AffineType(
                    "Q4_K",
                    new AffineGrid(32, 15, -1f, 0.1f, 20, false),
                    144,
                    0,
                    ScalePacking.SIX_BITS,
                    4,
                    nibbles(16));

    /** As Q4_K, with the fifth bits of the codes at 16 and the others at 48. */
    static final AffineType Q5_K =
            new AffineType(
                    "Q5_K",
                    new AffineGrid(32, 31, -0.5f, 0.1f, 15, false),
                    176,
                    0,
                    ScalePacking.SIX_BITS,
                    4,
                    Stream.concat(
                                    nibbles(48).stream(),
                                    Stream.of(new Interleaved(0, 32, 8, 1, 4, 16)))
                            .toList());

    /** Numbers in a block. */
    static final int SIZE = 256;

    private final String name;
    private final AffineGrid grid;
    private final AffineGrid weightedGrid;
    private final int bytes;
    private final int halves;
    private final ScalePacking packing;
    private final int scales;
    private final Interleaved[] codes;

    private AffineType(
            String name,
            AffineGrid grid,
            int bytes,
            int halves,
            ScalePacking packing,
            int scales,
            List<Interleaved> codes) {
        this.name = name;
        this.grid = grid;
        this.weightedGrid = AffineGrid.weighted(grid.size(), grid.top());
        this.bytes = bytes;
        this.halves = halves;
        this.packing = packing;
        this.scales = scales;
        this.codes = codes.toArray(new Interleaved[0]);
    }

    private static List<Interleaved> nibbles(int at) {
        return List.of(
                new Interleaved(0, 32, 2, 4, 0, at),
                new Interleaved(64, 32, 2, 4, 0, at + 32),
                new Interleaved(128, 32, 2, 4, 0, at + 64),
                new Interleaved(192, 32, 2, 4, 0, at + 96));
    }

    /** The search without importance weights. */
    AffineGrid grid() {
        return grid;
    }

    /** The search with importance weights. */
    AffineGrid weightedGrid() {
        return weightedGrid;
    }

    /** Bytes of a block. */
    int bytes() {
        return bytes;
    }

    /** Sub-blocks of a block. */
    int subs() {
        return packing.subs();
    }

    /** The largest code of a scale or an offset. */
    int topScale() {
        return packing.top();
    }

    /** Whether a number's weight is the rms of its sub-block and its magnitude, or that alone. */
    boolean rms() {
        return this != Q2_K;
    }

    /**
     * How often the mean square of its block is added to the square of a number under the root of
     * its importance weight.
     */
    int energy() {
        return this == Q2_K ? 1 : 2;
    }

    /**
     * A byte as the code of a scale. Those found without importance are cut to the top by both of
     * the six-bit types, those with importance by Q5_K alone.
     */
    private int cut(int code, boolean weighted) {
        boolean cuts = this == Q5_K || (this == Q4_K && !weighted);
        return cuts ? Math.min(topScale(), code) : code;
    }

    /**
     * Stores d, dmin and the codes of scales and offsets.
     *
     * @param weighted whether they were found with importance weights
     */
    void putScales(
            float d,
            float dmin,
            int[] scaleCodes,
            int[] offsetCodes,
            boolean weighted,
            byte[] bytes,
            int at) {
        LittleEndian.putHalf(bytes, at + halves, d);
        LittleEndian.putHalf(bytes, at + halves + 2, dmin);
        for (int j = 0; j < scaleCodes.length; j++) {
            scaleCodes[j] = cut(scaleCodes[j], weighted);
            offsetCodes[j] = cut(offsetCodes[j], weighted);
        }
        packing.put(scaleCodes, offsetCodes, bytes, at + scales);
    }

    /**
     * The steps of all sub-blocks as a reader computes them from the bytes at {@code at}, and what
     * it subtracts in each.
     */
    void steps(byte[] bytes, int at, float[] steps, float[] subtrahends) {
        float d = LittleEndian.getHalf(bytes, at + halves);
        float dmin = LittleEndian.getHalf(bytes, at + halves + 2);
        for (int j = 0; j < steps.length; j++) {
            steps[j] = d * packing.scale(bytes, at + scales, j);
            subtrahends[j] = dmin * packing.offset(bytes, at + scales, j);
        }
    }

    /** Packs the codes of a block, one a byte. */
    void pack(byte[] codes, byte[] bytes, int at) {
        for (Interleaved run : this.codes) {
            run.pack(codes, bytes, at);
        }
    }

    /** The inverse of {@link #pack}. */
    void unpack(byte[] bytes, int at, byte[] codes) {
        Arrays.fill(codes, (byte) 0);
        for (Interleaved run : this.codes) {
            run.unpack(bytes, at, codes);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
