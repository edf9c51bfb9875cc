package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link ErrorWeights}. */
final class ErrorWeightsVectors {
    private ErrorWeightsVectors() {}

    static void of(
            float[] values,
            int from,
            int count,
            float[] importance,
            int at,
            float meanSquare,
            float[] weights,
            int to) {
        int i = 0;
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            FloatVector root = x.mul(x).add(meanSquare).lanewise(VectorOperators.SQRT);
            FloatVector.fromArray(Lanes.FLOATS, importance, at + i)
                    .mul(root)
                    .intoArray(weights, to + i);
        }
        ErrorWeights.ofScalar(
                values, from + i, count - i, importance, at + i, meanSquare, weights, to + i);
    }
}
