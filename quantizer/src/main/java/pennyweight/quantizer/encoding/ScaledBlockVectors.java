package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * The vector edition of {@link ScaledBlock}: without weights lanes along a block, with them the
 * search runs one block a lane.
 */
final class ScaledBlockVectors {
    private static final int SIZE = ScaledBlock.SIZE;
    private static final int SIGN = 0x80000000;

    /** How many blocks pass each stage together. */
    private static final int BATCH = 64;

    private ScaledBlockVectors() {}

    static void encode(
            ScaledBlock type, float[] values, int from, int blocks, byte[] bytes, int at) {
        float[] scales = new float[BATCH];
        float[] inverses = new float[BATCH];
        float[] zeros = new float[BATCH];
        HalfBytesVectors halfBytes =
                HalfBytesVectors.truncated(type.bits(), type.top + 0.5f, type.bytes);
        byte[] codes = new byte[SIZE];
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * SIZE;
            int p = at + first * type.bytes;
            extremes(values, x, count, scales);
            invert(scales, type.top, inverses);
            if (Lanes.HAS_BYTES) {
                halfBytes.put(values, x, zeros, inverses, count, bytes, p + Short.BYTES);
            }
            for (int b = 0; b < count; b++) {
                if (Lanes.HAS_BYTES && Float.isFinite(inverses[b])) {
                    LittleEndian.putHalf(bytes, p + b * type.bytes, scales[b]);
                } else {
                    type.codes(values, x + b * SIZE, inverses[b], codes);
                    type.put(scales[b], codes, 0, bytes, p + b * type.bytes);
                }
            }
        }
    }

    /**
     * The first number of largest magnitude of each block: at a tie between both signs the earlier
     * counts.
     */
    private static void extremes(float[] values, int from, int blocks, float[] extremes) {
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            // Positive floats order as their bits do, and negative bits are below them all.
            IntVector positive = IntVector.zero(Lanes.INTS);
            IntVector negative = positive;
            for (int i = 0; i < SIZE; i += Lanes.COUNT) {
                IntVector bits =
                        FloatVector.fromArray(Lanes.FLOATS, values, x + i).reinterpretAsInts();
                positive = Lanes.INT.cast(positive).max(bits);
                negative = Lanes.INT.cast(negative).max(bits.lanewise(VectorOperators.XOR, SIGN));
            }
            int up = Lanes.INT.cast(positive).reduceLanes(VectorOperators.MAX);
            int down = Lanes.INT.cast(negative).reduceLanes(VectorOperators.MAX);
            extremes[b] =
                    up == down && up != 0
                            ? SymmetricSearch.extreme(values, x, SIZE)
                            : Float.intBitsToFloat(up >= down ? up : down | SIGN);
        }
    }

    /** Makes scales of extremes, and their inverses, 0 of 0; of a whole batch. */
    private static void invert(float[] scales, int top, float[] inverses) {
        FloatVector one = FloatVector.broadcast(Lanes.FLOATS, 1f);
        for (int b = 0; b < BATCH; b += Lanes.COUNT) {
            FloatVector scale = FloatVector.fromArray(Lanes.FLOATS, scales, b).div(-top);
            scale.intoArray(scales, b);
            one.div(scale).blend(0f, scale.compare(VectorOperators.EQ, 0f)).intoArray(inverses, b);
        }
    }

    static void encodeWeighted(
            ScaledBlock type,
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        SymmetricSearchVectors search = new SymmetricSearchVectors(SIZE, type.top, BATCH);
        byte[] codes = new byte[SIZE];
        float[] zeros = new float[BATCH];
        HalfBytesVectors halfBytes = HalfBytesVectors.nearest(type.bits(), type.bytes);
        float[] squares = new float[rows];
        int columns = rowBlocks * SIZE;
        ErrorWeights.sumsOfSquares(values, from, columns, rows, squares);
        float[] importance = InterleavingVectors.all(weights, SIZE, rowBlocks);
        for (int row = 0; row < rows; row++) {
            float meanSquare = squares[row] / columns;
            for (int first = 0; first < rowBlocks; first += BATCH) {
                int count = Math.min(BATCH, rowBlocks - first);
                int x = from + row * columns + first * SIZE;
                int p = at + (row * rowBlocks + first) * type.bytes;
                search.fitErrors(values, x, importance, first * SIZE, meanSquare, count, 0);
                if (Lanes.HAS_BYTES) {
                    halfBytes.put(
                            values, x, zeros, search.codeInverses, count, bytes, p + Short.BYTES);
                }
                for (int b = 0; b < count; b++) {
                    if (Lanes.HAS_BYTES && search.codeInverses[b] != 0) {
                        LittleEndian.putHalf(bytes, p + b * type.bytes, search.scales[b]);
                    } else {
                        float inverse = search.codeInverses[b];
                        SymmetricCodes.ofInverse(
                                values, x + b * SIZE, SIZE, inverse, type.top, codes, 0);
                        type.put(search.scales[b], codes, 0, bytes, p + b * type.bytes);
                    }
                }
            }
        }
    }
}
