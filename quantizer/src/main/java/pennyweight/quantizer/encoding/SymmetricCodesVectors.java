package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The vector edition of {@link SymmetricCodes}; scalar at 128 bits, which has no vector of four
 * bytes.
 */
final class SymmetricCodesVectors {
    private SymmetricCodesVectors() {}

    static void ofInverse(
            float[] values, int from, int count, float codeInverse, int top, byte[] codes, int at) {
        int i = 0;
        if (Lanes.HAS_BYTES) {
            for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
                FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                        .mul(codeInverse)
                        .add(Rounding.MAGIC)
                        .reinterpretAsInts()
                        .and(Rounding.MANTISSA)
                        .max(Rounding.MAGIC_MANTISSA - top)
                        .min(Rounding.MAGIC_MANTISSA + top - 1)
                        .sub(Rounding.MAGIC_MANTISSA - top)
                        .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, at + i);
            }
        }
        SymmetricCodes.ofInverseScalar(
                values, from + i, count - i, codeInverse, top, codes, at + i);
    }

    /**
     * The codes of a block against the stored steps of its sub-blocks, by division. Where a step is
     * 0 they mean nothing.
     *
     * @param size numbers of a sub-block, a multiple of the lanes
     */
    static void ofSteps(float[] values, int from, int size, float[] steps, int top, byte[] codes) {
        for (int j = 0; j < steps.length; j++) {
            int c = j * size;
            if (!Lanes.HAS_BYTES) {
                SymmetricCodes.ofStepScalar(values, from + c, size, steps[j], top, codes, c);
                continue;
            }
            for (int i = c; i < c + size; i += Lanes.COUNT) {
                FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                        .div(steps[j])
                        .add(Rounding.MAGIC)
                        .reinterpretAsInts()
                        .and(Rounding.MANTISSA)
                        .max(Rounding.MAGIC_MANTISSA - top)
                        .min(Rounding.MAGIC_MANTISSA + top - 1)
                        .sub(Rounding.MAGIC_MANTISSA - top)
                        .convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, i);
            }
        }
    }
}
