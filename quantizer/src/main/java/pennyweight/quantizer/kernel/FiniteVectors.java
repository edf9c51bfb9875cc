package pennyweight.quantizer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The vector edition of {@link Finite}: where there is nothing to count, it only looks. */
final class FiniteVectors {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final Class<? extends IntVector> INT =
            INTS.vectorType().asSubclass(IntVector.class);

    private FiniteVectors() {}

    static int countBeyond(int limit, float[] values, int from, int to) {
        int whole = FLOATS.loopBound(to - from);
        return largest(values, from, whole) > limit
                ? Finite.countScalar(limit, values, from, to)
                : Finite.countScalar(limit, values, from + whole, to);
    }

    /** The largest magnitude, as the bits by which magnitudes are ordered. */
    private static int largest(float[] values, int from, int count) {
        IntVector largest = IntVector.zero(INTS);
        for (int i = 0; i < count; i += FLOATS.length()) {
            largest =
                    INT.cast(largest)
                            .max(
                                    FloatVector.fromArray(FLOATS, values, from + i)
                                            .reinterpretAsInts()
                                            .and(Finite.MAGNITUDE));
        }
        return INT.cast(largest).reduceLanes(VectorOperators.MAX);
    }
}
