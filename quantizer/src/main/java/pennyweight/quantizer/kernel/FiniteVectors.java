package pennyweight.quantizer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The vector edition of {@link Finite}. */
final class FiniteVectors {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private FiniteVectors() {}

    static int countBeyond(int limit, float[] values, int from, int to) {
        int n = 0;
        int whole = FLOATS.loopBound(to - from);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            n +=
                    FloatVector.fromArray(FLOATS, values, from + i)
                            .reinterpretAsInts()
                            .and(Finite.MAGNITUDE)
                            .compare(VectorOperators.GT, limit)
                            .trueCount();
        }
        return n + Finite.countScalar(limit, values, from + whole, to);
    }
}
