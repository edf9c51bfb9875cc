package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Q80}: lanes along a block. */
final class Q80Vectors {
    private static final int SIGN = 0x80000000;
    private static final int BELOW_HALF = Float.floatToRawIntBits(Lanes.BELOW_HALF);

    private Q80Vectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        int[] codes = new int[Lanes.COUNT];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * Q80.SIZE;
            int p = at + b * Q80.BYTES;
            IntVector largest = IntVector.zero(Lanes.INTS);
            for (int i = 0; i < Q80.SIZE; i += Lanes.COUNT) {
                // Magnitudes compare as their bits do.
                largest =
                        Lanes.INT
                                .cast(largest)
                                .max(
                                        FloatVector.fromArray(Lanes.FLOATS, values, x + i)
                                                .reinterpretAsInts()
                                                .and(~SIGN));
            }
            float inverse =
                    Q80.putScale(
                            Float.intBitsToFloat(
                                    Lanes.INT.cast(largest).reduceLanes(VectorOperators.MAX)),
                            bytes,
                            p);
            for (int i = 0; i < Q80.SIZE; i += Lanes.COUNT) {
                FloatVector scaled =
                        FloatVector.fromArray(Lanes.FLOATS, values, x + i).mul(inverse);
                FloatVector half =
                        scaled.reinterpretAsInts().and(SIGN).or(BELOW_HALF).reinterpretAsFloats();
                IntVector code =
                        (IntVector)
                                scaled.add(half).convertShape(VectorOperators.F2I, Lanes.INTS, 0);
                if (Lanes.HAS_BYTES) {
                    code.convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                            .reinterpretAsBytes()
                            .intoArray(bytes, p + 2 + i);
                } else {
                    code.intoArray(codes, 0);
                    for (int k = 0; k < Lanes.COUNT; k++) {
                        bytes[p + 2 + i + k] = (byte) codes[k];
                    }
                }
            }
        }
    }
}
