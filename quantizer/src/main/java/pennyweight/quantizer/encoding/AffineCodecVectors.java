package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The vector edition of {@link AffineCodec}. Everything that is summed runs one block a lane, so
 * that every sum keeps the order of the reference; the codes against stored scales run along a
 * sub-block.
 */
final class AffineCodecVectors {
    /** Blocks that are encoded together. */
    private static final int BATCH = Lanes.COUNT;

    /** Their numbers. */
    private static final int TOGETHER = AffineType.SIZE * BATCH;

    private final AffineType type;
    private final AffineGrid grid;
    private final AffineSearchVectors search;
    private final int subs;

    /** The search's: number i of the block in a lane is at {@code i * lanes + lane}. */
    private final float[] numbers;

    /** Where their weights begin. */
    private final int weights;

    /**
     * What the search found for sub-block j of the block in a lane, at {@code j * lanes + lane}.
     */
    private final float[] scale;

    private final float[] offset;
    private final float[] sumW;
    private final float[] codeInverse;
    private final float[] codeMinimum;

    private final ScaleSearchVectors scales;
    private final ScaleSearchVectors offsets;
    private final int[] scaleCodes;
    private final int[] offsetCodes;
    private final float[] steps;
    private final float[] subtrahends;
    private final byte[] codes = new byte[AffineType.SIZE];

    AffineCodecVectors(AffineType type, AffineGrid grid) {
        this.type = type;
        this.grid = grid;
        search = new AffineSearchVectors(grid, AffineType.SIZE);
        numbers = search.numbers;
        weights = search.weights;
        subs = type.subs();
        scale = search.scale;
        offset = search.offset;
        sumW = search.sumW;
        codeInverse = search.codeInverse;
        codeMinimum = search.codeMinimum;
        scales = new ScaleSearchVectors(subs, type.topScale());
        offsets = new ScaleSearchVectors(subs, type.topScale());
        scaleCodes = new int[subs];
        offsetCodes = new int[subs];
        steps = new float[subs];
        subtrahends = new float[subs];
    }

    void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        for (int b = 0; b < blocks; b += BATCH) {
            int count = Math.min(BATCH, blocks - b);
            int first = from + b * AffineType.SIZE;
            InterleavingVectors.groups(values, first, AffineType.SIZE, 0, count, numbers, 0);
            magnitudes();
            search();
            scales.divide(scale);
            offsets.divide(offset);
            finish(values, first, count, false, bytes, at + b * type.bytes());
        }
    }

    void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] importance,
            byte[] bytes,
            int at) {
        int blocks = rows * rowBlocks;
        float[] columns =
                AffineCodesVectors.columns(
                        importance,
                        AffineType.SIZE,
                        rowBlocks,
                        BATCH,
                        (blocks + BATCH - 1) / BATCH);
        for (int b = 0; b < blocks; b += BATCH) {
            int count = Math.min(BATCH, blocks - b);
            int first = from + b * AffineType.SIZE;
            InterleavingVectors.groups(values, first, AffineType.SIZE, 0, count, numbers, 0);
            importance(columns, b / BATCH * TOGETHER % columns.length);
            search();
            scales.fit(scale, sumW);
            offsets.fit(offset, sumW);
            finish(values, first, count, true, bytes, at + b * type.bytes());
        }
    }

    private void search() {
        for (int from = 0; from < TOGETHER; from += search.count * grid.size()) {
            search.fit(from);
        }
    }

    private void magnitudes() {
        int span = grid.size() * Lanes.COUNT;
        for (int from = 0; from < TOGETHER; from += span) {
            FloatVector base = FloatVector.zero(Lanes.FLOATS);
            if (type.rms()) {
                for (int i = from; i < from + span; i += Lanes.COUNT) {
                    FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, i);
                    base = Lanes.FLOAT.cast(base).add(v.mul(v));
                }
                base = Lanes.FLOAT.cast(base).div(grid.size()).lanewise(VectorOperators.SQRT);
            }
            for (int i = from; i < from + span; i += Lanes.COUNT) {
                base.add(FloatVector.fromArray(Lanes.FLOATS, numbers, i).abs())
                        .intoArray(numbers, weights + i);
            }
        }
    }

    /** The weights of all numbers, whose importance is from {@code at} on. */
    private void importance(float[] columns, int at) {
        FloatVector energy = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < TOGETHER; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, i);
            energy = Lanes.FLOAT.cast(energy).add(v.mul(v));
        }
        energy = Lanes.FLOAT.cast(energy).mul(type.energy()).div(AffineType.SIZE);
        for (int i = 0; i < TOGETHER; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, i);
            FloatVector.fromArray(Lanes.FLOATS, columns, at + i)
                    .mul(energy.add(v.mul(v)).lanewise(VectorOperators.SQRT))
                    .intoArray(numbers, weights + i);
        }
    }

    private void finish(
            float[] values, int from, int count, boolean weighted, byte[] bytes, int at) {
        for (int lane = 0; lane < count; lane++) {
            int p = at + lane * type.bytes();
            for (int j = 0; j < subs; j++) {
                scaleCodes[j] = scales.codes[j * Lanes.COUNT + lane];
                offsetCodes[j] = offsets.codes[j * Lanes.COUNT + lane];
            }
            type.putScales(
                    scales.scale[lane],
                    offsets.scale[lane],
                    scaleCodes,
                    offsetCodes,
                    weighted,
                    bytes,
                    p);
            codes(values, from + lane * AffineType.SIZE, lane, bytes, p);
            type.pack(codes, bytes, p);
        }
    }

    /** Codes against the scales that were stored; where a step is 0 those of the search. */
    private void codes(float[] values, int from, int lane, byte[] bytes, int at) {
        type.steps(bytes, at, steps, subtrahends);
        AffineCodesVectors.stored(values, from, grid, subtrahends, steps, codes);
        for (int j = 0; j < subs; j++) {
            if (steps[j] == 0) {
                int i = j * grid.size();
                int k = j * Lanes.COUNT + lane;
                AffineCodec.searched(
                        values, from + i, grid, codeInverse[k], codeMinimum[k], codes, i);
            }
        }
    }
}
