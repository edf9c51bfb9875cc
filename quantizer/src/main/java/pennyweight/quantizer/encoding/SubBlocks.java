package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** What the vector editions of the K types share. */
final class SubBlocks {
    private SubBlocks() {}

    /**
     * Turns {@code lanes} sub-blocks of {@code size} numbers, one after another, into {@code
     * target[i * lanes + lane]}.
     */
    static void transpose(float[] values, int from, int size, int lanes, float[] target) {
        for (int lane = 0; lane < lanes; lane++) {
            int x = from + lane * size;
            for (int i = 0; i < size; i++) {
                target[i * lanes + lane] = values[x + i];
            }
        }
    }

    /**
     * Codes of a sub-block against a stored step: {@code (x + subtrahend) / step} rounded half to
     * even between {@code low} and {@code high}, less {@code low}. A subtrahend of -0 leaves every
     * number as it is.
     */
    static void codes(
            float[] values,
            int from,
            int size,
            float subtrahend,
            float step,
            int low,
            int high,
            int[] codes,
            int at) {
        for (int i = 0; i < size; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                    .add(subtrahend)
                    .lanewise(VectorOperators.DIV, step)
                    .add(Rounding.MAGIC)
                    .reinterpretAsInts()
                    .and(Rounding.MANTISSA)
                    .sub(Rounding.MAGIC_MANTISSA)
                    .max(low)
                    .min(high)
                    .sub(low)
                    .intoArray(codes, at + i);
        }
    }
}
