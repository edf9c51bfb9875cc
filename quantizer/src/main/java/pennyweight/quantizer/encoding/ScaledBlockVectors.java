package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

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
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            float d = extreme(values, x) / -type.top;
            float inverse = d != 0 ? 1 / d : 0;
            if (Float.isFinite(inverse)) {
                codes(values, x, inverse, type.top, codes);
                type.put(d, codes, 0, bytes, at + b * type.bytes);
            } else {
                type.encodeScalar(values, x, 1, bytes, at + b * type.bytes);
            }
        }
    }

    /** The first number of largest magnitude: at a tie between both signs the earlier counts. */
    private static float extreme(float[] values, int from) {
        // Positive floats order as their bits do, and negative bits are below them all.
        IntVector positive = IntVector.zero(Lanes.INTS);
        IntVector negative = positive;
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            IntVector bits =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i).reinterpretAsInts();
            positive = positive.max(bits);
            negative = negative.max(bits.lanewise(VectorOperators.XOR, SIGN));
        }
        int up = positive.reduceLanes(VectorOperators.MAX);
        int down = negative.reduceLanes(VectorOperators.MAX);
        if (up == down && up != 0) {
            return SymmetricSearch.extreme(values, from, SIZE);
        }
        return Float.intBitsToFloat(up >= down ? up : down | SIGN);
    }

    private static void codes(float[] values, int from, float inverse, int top, byte[] codes) {
        float half = top + 0.5f;
        if (!Lanes.HAS_BYTES) {
            for (int i = 0; i < SIZE; i++) {
                codes[i] = (byte) Math.min(2 * top - 1, (int) (values[from + i] * inverse + half));
            }
            return;
        }
        for (int i = 0; i < SIZE; i += Lanes.COUNT) {
            ((IntVector)
                            FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                                    .mul(inverse)
                                    .add(half)
                                    .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                    .min(2 * top - 1)
                    .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                    .reinterpretAsBytes()
                    .intoArray(codes, i);
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
        float[] errors = new float[BATCH * SIZE];
        float[] squares = new float[rows];
        int columns = rowBlocks * SIZE;
        ErrorWeights.sumsOfSquares(values, from, columns, rows, squares);
        int blocks = rows * rowBlocks;
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * SIZE;
            for (int b = 0; b < count; b++) {
                ErrorWeightsVectors.of(
                        values,
                        x + b * SIZE,
                        SIZE,
                        weights,
                        (first + b) % rowBlocks * SIZE,
                        squares[(first + b) / rowBlocks] / columns,
                        errors,
                        b * SIZE);
            }
            search.fit(values, x, errors, 0, count);
            for (int b = 0; b < count; b++) {
                SymmetricCodes.ofInverse(
                        values, x + b * SIZE, SIZE, search.codeInverses[b], type.top, codes, 0);
                type.put(search.scales[b], codes, 0, bytes, at + (first + b) * type.bytes);
            }
        }
    }
}
