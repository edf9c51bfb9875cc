package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The vector edition of {@link OffsetBlock}: lanes along a block, and for the search one block a
 * lane, so that every sum keeps the order of the reference.
 */
final class OffsetBlockVectors {
    private static final int SIZE = OffsetBlock.SIZE;

    /** Blocks whose steps go on together, so that none waits for the ends of its own block. */
    private static final int RUN = 32;

    private static final int SPAN = SIZE * Lanes.COUNT;

    private final OffsetBlock type;
    private final AffineGrid grid;
    private final AffineSearchVectors search;

    /** Blocks that are searched together. */
    private final int batch;

    /** The search's: number i of the block in a lane of a group. */
    private final float[] numbers;

    /** Where their weights begin, and how many numbers there are. */
    private final int weights;

    private final float[] energies;
    private final byte[] codes = new byte[SIZE];

    OffsetBlockVectors(OffsetBlock type) {
        this.type = type;
        grid = type.weightedGrid();
        search = new AffineSearchVectors(grid, AffineSearchVectors.DEPTH);
        batch = search.count;
        numbers = search.numbers;
        weights = search.weights;
        energies = new float[batch];
    }

    static void encode(
            OffsetBlock type, float[] values, int from, int blocks, byte[] bytes, int at) {
        byte[] codes = new byte[SIZE];
        float[] mins = new float[RUN];
        float[] maxs = new float[RUN];
        float[] inverses = new float[RUN];
        HalfBytesVectors halfBytes = HalfBytesVectors.truncated(type.bits(), 0.5f, type.bytes());
        for (int b = 0; b < blocks; b += RUN) {
            int count = Math.min(RUN, blocks - b);
            int x = from + b * SIZE;
            int p = at + b * type.bytes();
            ends(values, x, count, mins, maxs);
            for (int k = 0; k < count; k++) {
                inverses[k] = type.putEnds(mins[k], maxs[k], bytes, p + k * type.bytes());
            }
            if (!Lanes.HAS_BYTES) {
                for (int k = 0; k < count; k++) {
                    type.codes(values, x + k * SIZE, mins[k], inverses[k], codes);
                    type.pack(codes, bytes, p + k * type.bytes());
                }
            } else {
                halfBytes.put(values, x, mins, inverses, count, bytes, p + OffsetBlock.HALVES);
            }
        }
    }

    /** The least and the largest number of each block. */
    private static void ends(float[] values, int from, int blocks, float[] mins, float[] maxs) {
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            IntVector low = IntVector.broadcast(Lanes.INTS, Integer.MAX_VALUE);
            IntVector high = IntVector.broadcast(Lanes.INTS, Integer.MIN_VALUE);
            for (int i = 0; i < SIZE; i += Lanes.COUNT) {
                // Bits that are ordered as the floats are, -0 below 0.
                IntVector bits =
                        FloatVector.fromArray(Lanes.FLOATS, values, x + i).reinterpretAsInts();
                IntVector ordered =
                        bits.lanewise(
                                VectorOperators.XOR,
                                bits.lanewise(VectorOperators.ASHR, 31).and(OrderedBits.MAGNITUDE));
                low = Lanes.INT.cast(low).min(ordered);
                high = Lanes.INT.cast(high).max(ordered);
            }
            float min = OrderedBits.toFloat(Lanes.INT.cast(low).reduceLanes(VectorOperators.MIN));
            mins[b] = min == 0 ? firstZero(values, x) : min;
            maxs[b] = OrderedBits.toFloat(Lanes.INT.cast(high).reduceLanes(VectorOperators.MAX));
        }
    }

    /** A minimum of 0 has the sign of the first zero. */
    private static float firstZero(float[] values, int from) {
        int i = from;
        while (values[i] != 0) {
            i++;
        }
        return values[i];
    }

    void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] importance,
            byte[] bytes,
            int at) {
        float[] rowEnergies = new float[rows];
        AffineWeights.meanSquares(values, from, rowBlocks * SIZE, rowEnergies);
        int blocks = rows * rowBlocks;
        float[] columns =
                AffineCodesVectors.columns(
                        importance, SIZE, rowBlocks, batch, (blocks + batch - 1) / batch);
        for (int b = 0; b < blocks; b += batch) {
            int first = b / batch * weights % columns.length;
            int count = Math.min(batch, blocks - b);
            for (int k = 0; k < batch; k++) {
                energies[k] = rowEnergies[(b + Math.min(k, count - 1)) / rowBlocks];
            }
            for (int group = 0; group < batch; group += Lanes.COUNT) {
                InterleavingVectors.groups(
                        values, from + b * SIZE, SIZE, group, count, numbers, group * SIZE);
                importance(group, columns, first);
            }
            search.fit(0);
            for (int k = 0; k < count; k++) {
                int p = at + (b + k) * type.bytes();
                type.putFit(search.scale[k], search.offset[k], bytes, p);
                AffineCodesVectors.searched(
                        values,
                        from + (b + k) * SIZE,
                        grid,
                        search.codeInverse[k],
                        search.codeMinimum[k],
                        codes,
                        0);
                type.pack(codes, bytes, p);
            }
        }
    }

    /** The weights of a group, where the importance of its batch is from {@code at} on. */
    private void importance(int group, float[] columns, int at) {
        FloatVector energy = FloatVector.fromArray(Lanes.FLOATS, energies, group);
        int from = group * SIZE;
        for (int i = from; i < from + SPAN; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, i);
            FloatVector.fromArray(Lanes.FLOATS, columns, at + i)
                    .mul(energy.add(v.mul(v)).lanewise(VectorOperators.SQRT))
                    .intoArray(numbers, weights + i);
        }
    }
}
