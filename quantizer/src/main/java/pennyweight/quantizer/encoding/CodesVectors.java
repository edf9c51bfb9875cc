package pennyweight.quantizer.encoding;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Codes}; scalar at 128 bits, which has no vector of four bytes. */
final class CodesVectors {
    private CodesVectors() {}

    static void toNumbers(
            byte[] codes,
            int from,
            int count,
            int signs,
            int zero,
            float scale,
            float bias,
            float[] values,
            int at) {
        int i = 0;
        if (Lanes.HAS_BYTES) {
            for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
                ((FloatVector)
                                ByteVector.fromArray(Lanes.BYTES, codes, from + i)
                                        .convertShape(VectorOperators.B2I, Lanes.INTS, 0)
                                        .reinterpretAsInts()
                                        .and(signs)
                                        .sub(zero)
                                        .convertShape(VectorOperators.I2F, Lanes.FLOATS, 0))
                        .mul(scale)
                        .add(bias)
                        .intoArray(values, at + i);
            }
        }
        Codes.toNumbersScalar(codes, from + i, count - i, signs, zero, scale, bias, values, at + i);
    }
}
