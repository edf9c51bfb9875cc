package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Codes of blocks of 32 numbers that are truncated, {@code (int) ((x - min) * inverse + rounding)},
 * and packed as by {@link HalfBytes}. Not at 128 bits, which has no vector of four bytes.
 *
 * <p>Many blocks a call: a block is done in little more time than a call takes.
 */
final class HalfBytesVectors {
    private static final int SIZE = HalfBytes.SIZE;

    /** Numbers of the half of a block that goes to low nibbles, as bytes of them. */
    private static final int HALF = HalfBytes.BYTES;

    private HalfBytesVectors() {}

    /**
     * Stores codes of at most 15.
     *
     * @param at where those of the first block go
     * @param stride how far those of a block are from those of the block before, in bytes
     */
    static void fours(
            float[] values,
            int from,
            float[] mins,
            float[] inverses,
            float rounding,
            int blocks,
            byte[] bytes,
            int at,
            int stride) {
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector low =
                        (IntVector)
                                FloatVector.fromArray(Lanes.FLOATS, values, x + i)
                                        .sub(mins[b])
                                        .mul(inverses[b])
                                        .add(rounding)
                                        .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
                IntVector high =
                        (IntVector)
                                FloatVector.fromArray(Lanes.FLOATS, values, x + HALF + i)
                                        .sub(mins[b])
                                        .mul(inverses[b])
                                        .add(rounding)
                                        .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
                low.min(15)
                        .or(high.min(15).lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(bytes, at + b * stride + i);
            }
        }
    }

    /** As {@link #fours} codes of at most 31: four bytes of the fifth bits, then the others. */
    static void fives(
            float[] values,
            int from,
            float[] mins,
            float[] inverses,
            float rounding,
            int blocks,
            byte[] bytes,
            int at,
            int stride) {
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            int p = at + b * stride;
            long fifth = 0;
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector low =
                        ((IntVector)
                                        FloatVector.fromArray(Lanes.FLOATS, values, x + i)
                                                .sub(mins[b])
                                                .mul(inverses[b])
                                                .add(rounding)
                                                .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                                .min(31);
                IntVector high =
                        ((IntVector)
                                        FloatVector.fromArray(Lanes.FLOATS, values, x + HALF + i)
                                                .sub(mins[b])
                                                .mul(inverses[b])
                                                .add(rounding)
                                                .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                                .min(31);
                fifth |= low.compare(VectorOperators.GT, 15).toLong() << i;
                fifth |= high.compare(VectorOperators.GT, 15).toLong() << (HALF + i);
                // The bits above the byte are cut off with the fifth of the second half.
                low.and(15)
                        .or(high.lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(bytes, p + Integer.BYTES + i);
            }
            LittleEndian.putInt(bytes, p, (int) fifth);
        }
    }
}
