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
        byte[] codes = new byte[SIZE];
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * SIZE;
            int p = at + first * type.bytes;
            for (int b = 0; b < count; b++) {
                scales[b] = extreme(values, x + b * SIZE);
            }
            for (int b = 0; b < count; b++) {
                scales[b] /= -type.top;
                inverses[b] = scales[b] != 0 ? 1 / scales[b] : 0;
            }
            for (int b = 0; b < count; b++) {
                if (!Lanes.HAS_BYTES) {
                    codes(values, x + b * SIZE, inverses[b], type, codes);
                    type.put(scales[b], codes, 0, bytes, p + b * type.bytes);
                } else if (Float.isInfinite(inverses[b])) {
                    type.encodeScalar(values, x + b * SIZE, 1, bytes, p + b * type.bytes);
                } else {
                    LittleEndian.putHalf(bytes, p + b * type.bytes, scales[b]);
                    if (type == ScaledBlock.Q4_0) {
                        putFourBits(values, x + b * SIZE, inverses[b], bytes, p + b * type.bytes);
                    } else {
                        putFiveBits(values, x + b * SIZE, inverses[b], bytes, p + b * type.bytes);
                    }
                }
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
            positive = Lanes.INT.cast(positive).max(bits);
            negative = Lanes.INT.cast(negative).max(bits.lanewise(VectorOperators.XOR, SIGN));
        }
        int up = Lanes.INT.cast(positive).reduceLanes(VectorOperators.MAX);
        int down = Lanes.INT.cast(negative).reduceLanes(VectorOperators.MAX);
        if (up == down && up != 0) {
            return SymmetricSearch.extreme(values, from, SIZE);
        }
        return Float.intBitsToFloat(up >= down ? up : down | SIGN);
    }

    private static void codes(
            float[] values, int from, float inverse, ScaledBlock type, byte[] codes) {
        for (int i = 0; i < SIZE; i++) {
            codes[i] = (byte) type.code(values[from + i] * inverse);
        }
    }

    /** The codes of a block of Q4_0, whose numbers times {@code inverse} are within -8 and 8. */
    private static void putFourBits(float[] values, int from, float inverse, byte[] bytes, int at) {
        for (int i = 0; i < HalfBytes.BYTES; i += Lanes.COUNT) {
            IntVector low =
                    (IntVector)
                            FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                                    .mul(inverse)
                                    .add(8.5f)
                                    .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
            IntVector high =
                    (IntVector)
                            FloatVector.fromArray(Lanes.FLOATS, values, from + HalfBytes.BYTES + i)
                                    .mul(inverse)
                                    .add(8.5f)
                                    .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
            low.min(15)
                    .or(high.min(15).lanewise(VectorOperators.LSHL, 4))
                    .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                    .reinterpretAsBytes()
                    .intoArray(bytes, at + 2 + i);
        }
    }

    /** The codes of a block of Q5_0, whose numbers times {@code inverse} are within -16 and 16. */
    private static void putFiveBits(float[] values, int from, float inverse, byte[] bytes, int at) {
        long fifth = 0;
        for (int i = 0; i < HalfBytes.BYTES; i += Lanes.COUNT) {
            IntVector low =
                    ((IntVector)
                                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                                            .mul(inverse)
                                            .add(16.5f)
                                            .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                            .min(31);
            IntVector high =
                    ((IntVector)
                                    FloatVector.fromArray(
                                                    Lanes.FLOATS,
                                                    values,
                                                    from + HalfBytes.BYTES + i)
                                            .mul(inverse)
                                            .add(16.5f)
                                            .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                            .min(31);
            fifth |= low.compare(VectorOperators.GT, 15).toLong() << i;
            fifth |= high.compare(VectorOperators.GT, 15).toLong() << (HalfBytes.BYTES + i);
            // The bits above the byte are cut off with the fifth of the second half.
            low.and(15)
                    .or(high.lanewise(VectorOperators.LSHL, 4))
                    .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                    .reinterpretAsBytes()
                    .intoArray(bytes, at + 6 + i);
        }
        LittleEndian.putInt(bytes, at + 2, (int) fifth);
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
                for (int b = 0; b < count; b++) {
                    SymmetricCodes.ofInverse(
                            values, x + b * SIZE, SIZE, search.codeInverses[b], type.top, codes, 0);
                    type.put(search.scales[b], codes, 0, bytes, p + b * type.bytes);
                }
            }
        }
    }
}
