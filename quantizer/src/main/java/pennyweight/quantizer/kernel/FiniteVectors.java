package pennyweight.quantizer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The vector edition of {@link Finite}. */
final class FiniteVectors {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private FiniteVectors() {}

    static int countNonFinite(float[] values, int from, int to) {
        int n = 0;
        int i = from;
        for (; i <= to - FLOATS.length(); i += FLOATS.length()) {
            n +=
                    FloatVector.fromArray(FLOATS, values, i)
                            .reinterpretAsInts()
                            .and(Finite.EXPONENT)
                            .compare(VectorOperators.EQ, Finite.EXPONENT)
                            .trueCount();
        }
        return n + Finite.countScalar(values, i, to);
    }
}
