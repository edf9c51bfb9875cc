package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The vector edition of {@link Iq4Values}: every middle that a number is below of lowers its code.
 */
final class Iq4ValuesVectors {
    private Iq4ValuesVectors() {}

    static void codes(float[] values, int from, int count, float inverse, byte[] codes, int at) {
        int i = 0;
        if (Lanes.HAS_BYTES) {
            for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
                FloatVector scaled =
                        FloatVector.fromArray(Lanes.FLOATS, values, from + i).mul(inverse);
                FloatVector code = FloatVector.broadcast(Lanes.FLOATS, Iq4Values.COUNT - 1);
                for (int k = Iq4Values.COUNT - 1; k > 0; k--) {
                    code =
                            Lanes.FLOAT
                                    .cast(code)
                                    .blend((float) (k - 1), scaled.lt(Iq4Values.middle(k)));
                }
                ((IntVector)
                                Lanes.FLOAT
                                        .cast(code)
                                        .convertShape(VectorOperators.F2I, Lanes.INTS, 0))
                        .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, at + i);
            }
        }
        Iq4Values.codesScalar(values, from + i, count - i, inverse, codes, at + i);
    }
}
