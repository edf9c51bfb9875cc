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
    private static final int MAGNITUDE = 0x7fffffff;

    private static final int SPAN = SIZE * Lanes.COUNT;

    private final OffsetBlock type;
    private final AffineGrid grid;
    private final AffineSearchVectors search;

    /** Blocks that are searched together. */
    private final int batch;

    private final float[] x;
    private final float[] weights;
    private final float[] energies;
    private final byte[] codes = new byte[SIZE];

    OffsetBlockVectors(OffsetBlock type) {
        this.type = type;
        grid = type.weightedGrid();
        search = new AffineSearchVectors(grid);
        batch = search.count;
        x = new float[batch * SIZE];
        weights = new float[x.length];
        energies = new float[batch];
    }

    static void encode(
            OffsetBlock type, float[] values, int from, int blocks, byte[] bytes, int at) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * type.bytes();
            IntVector low = IntVector.broadcast(Lanes.INTS, Integer.MAX_VALUE);
            IntVector high = IntVector.broadcast(Lanes.INTS, Integer.MIN_VALUE);
            for (int i = 0; i < SIZE; i += Lanes.COUNT) {
                // Bits that are ordered as the floats are, -0 below 0.
                IntVector bits =
                        FloatVector.fromArray(Lanes.FLOATS, values, x + i).reinterpretAsInts();
                IntVector ordered =
                        bits.lanewise(
                                VectorOperators.XOR,
                                bits.lanewise(VectorOperators.ASHR, 31).and(MAGNITUDE));
                low = low.min(ordered);
                high = high.max(ordered);
            }
            float min = toFloat(low.reduceLanes(VectorOperators.MIN));
            float max = toFloat(high.reduceLanes(VectorOperators.MAX));
            min = min == 0 ? firstZero(values, x) : min;
            float inverse = type.putEnds(min, max, bytes, p);
            AffineCodesVectors.truncated(values, x, min, inverse, codes);
            type.pack(codes, bytes, p);
        }
    }

    private static float toFloat(int ordered) {
        return Float.intBitsToFloat(ordered ^ (ordered >> 31 & MAGNITUDE));
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
        for (int b = 0; b < blocks; b += batch) {
            int count = Math.min(batch, blocks - b);
            for (int k = 0; k < batch; k++) {
                // Lanes that are left over have the last block again.
                int block = b + Math.min(k, count - 1);
                int group = k / Lanes.COUNT * SPAN;
                int lane = k % Lanes.COUNT;
                AffineCodesVectors.lane(values, from + block * SIZE, SIZE, x, group + lane);
                AffineCodesVectors.lane(
                        importance, block % rowBlocks * SIZE, SIZE, weights, group + lane);
                energies[k] = rowEnergies[block / rowBlocks];
            }
            for (int group = 0; group < batch; group += Lanes.COUNT) {
                importance(group);
            }
            search.fit(x, weights, 0);
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

    /** Turns the importance of each number of a group into its weight. */
    private void importance(int group) {
        FloatVector energy = FloatVector.fromArray(Lanes.FLOATS, energies, group);
        int from = group * SIZE;
        for (int i = from; i < from + SPAN; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector.fromArray(Lanes.FLOATS, weights, i)
                    .mul(energy.add(v.mul(v)).lanewise(VectorOperators.SQRT))
                    .intoArray(weights, i);
        }
    }
}
