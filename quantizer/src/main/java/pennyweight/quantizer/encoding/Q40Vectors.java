package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Q40}: lanes along a block. */
final class Q40Vectors {
    private static final int MAGNITUDE = 0x7fffffff;

    private Q40Vectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        int[] pairs = new int[Q40.HALF];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * Q40.SIZE;
            int p = at + b * Q40.BYTES;
            IntVector running = IntVector.zero(Lanes.INTS);
            for (int i = 0; i < Q40.SIZE; i += Lanes.COUNT) {
                running =
                        running.max(
                                FloatVector.fromArray(Lanes.FLOATS, values, x + i)
                                        .reinterpretAsInts()
                                        .and(MAGNITUDE));
            }
            int largest = running.reduceLanes(VectorOperators.MAX);
            float inverse = Q40.putScale(first(values, x, largest), bytes, p);
            if (!Float.isFinite(inverse)) {
                Q40.encodeScalar(values, x, 1, bytes, p);
                continue;
            }
            for (int i = 0; i < Q40.HALF; i += Lanes.COUNT) {
                IntVector low =
                        (IntVector)
                                FloatVector.fromArray(Lanes.FLOATS, values, x + i)
                                        .mul(inverse)
                                        .add(8.5f)
                                        .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
                IntVector high =
                        (IntVector)
                                FloatVector.fromArray(Lanes.FLOATS, values, x + Q40.HALF + i)
                                        .mul(inverse)
                                        .add(8.5f)
                                        .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
                low.min(15).or(high.min(15).lanewise(VectorOperators.LSHL, 4)).intoArray(pairs, i);
            }
            for (int i = 0; i < Q40.HALF; i++) {
                bytes[p + 2 + i] = (byte) pairs[i];
            }
        }
    }

    /** The first number of this magnitude: at a tie between both signs the earlier one counts. */
    private static float first(float[] values, int from, int magnitude) {
        for (int i = from; i < from + Q40.SIZE; i++) {
            if ((Float.floatToRawIntBits(values[i]) & MAGNITUDE) == magnitude) {
                return magnitude == 0 ? 0 : values[i];
            }
        }
        throw new AssertionError("the largest number left its block");
    }
}
