package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Codes of blocks of 32 numbers, {@code (x - min) * inverse} rounded, packed as by {@link
 * HalfBytes}. Not at 128 bits, which has no vector of four bytes.
 *
 * <p>Many blocks a call: a block is done in little more time than a call takes.
 */
final class HalfBytesVectors {
    private static final int SIZE = HalfBytes.SIZE;

    /** Numbers of a block whose codes go to low nibbles; those of the others are beside them. */
    private static final int HALF = HalfBytes.BYTES;

    /** The largest code of four bits. */
    private static final int LOW = 15;

    private final int top;

    /** Added and subtracted again: {@link Rounding#MAGIC} rounds, and 0 does nothing. */
    private final float magic;

    /** What codes are above what was rounded; it is truncated then. */
    private final float above;

    private final int stride;

    private HalfBytesVectors(int bits, float magic, float above, int stride) {
        top = (1 << bits) - 1;
        this.magic = magic;
        this.above = above;
        this.stride = stride;
    }

    /**
     * Codes of {@code bits} bits, 4 or 5: {@code (int) (scaled + above)}.
     *
     * @param stride how far the codes of a block are from those of the block before, in bytes
     */
    static HalfBytesVectors truncated(int bits, float above, int stride) {
        return new HalfBytesVectors(bits, 0, above, stride);
    }

    /** Codes of {@code bits} bits: the nearest whole number to the scaled one, and half of them. */
    static HalfBytesVectors nearest(int bits, int stride) {
        return new HalfBytesVectors(bits, Rounding.MAGIC, 1 << (bits - 1), stride);
    }

    /**
     * Stores the codes of blocks that lie one after another.
     *
     * @param mins of each block
     * @param inverses of the scale of each block, finite, or its codes mean nothing
     * @param at where those of the first block go: of five bits four bytes of the fifth bits first
     */
    void put(
            float[] values,
            int from,
            float[] mins,
            float[] inverses,
            int blocks,
            byte[] bytes,
            int at) {
        boolean hasFifth = top > LOW;
        int halves = hasFifth ? at + Integer.BYTES : at;
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            long fifth = 0;
            for (int i = 0; i < HALF; i += Lanes.COUNT) {
                IntVector low =
                        ((IntVector)
                                        FloatVector.fromArray(Lanes.FLOATS, values, x + i)
                                                .sub(mins[b])
                                                .mul(inverses[b])
                                                .add(magic)
                                                .sub(magic)
                                                .add(above)
                                                .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                                .max(0)
                                .min(top);
                IntVector high =
                        ((IntVector)
                                        FloatVector.fromArray(Lanes.FLOATS, values, x + HALF + i)
                                                .sub(mins[b])
                                                .mul(inverses[b])
                                                .add(magic)
                                                .sub(magic)
                                                .add(above)
                                                .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                                .max(0)
                                .min(top);
                if (hasFifth) {
                    fifth |= low.compare(VectorOperators.GT, LOW).toLong() << i;
                    fifth |= high.compare(VectorOperators.GT, LOW).toLong() << (HALF + i);
                }
                // What is above the byte is cut off, the fifth bits of the second half.
                low.and(LOW)
                        .or(high.lanewise(VectorOperators.LSHL, 4))
                        .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(bytes, halves + b * stride + i);
            }
            if (hasFifth) {
                LittleEndian.putInt(bytes, at + b * stride, (int) fifth);
            }
        }
    }
}
