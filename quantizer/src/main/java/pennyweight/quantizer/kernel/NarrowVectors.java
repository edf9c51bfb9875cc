package pennyweight.quantizer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector edition of {@link Narrow}. */
final class NarrowVectors {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    private NarrowVectors() {}

    static void bf16(float[] source, int from, byte[] target, int at, int count) {
        int whole = FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += LANES) {
            IntVector bits = FloatVector.fromArray(FLOATS, source, from + i).reinterpretAsInts();
            IntVector upper = bits.lanewise(VectorOperators.LSHR, 16);
            IntVector rounded =
                    bits.add(upper.and(1)).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
            var nan = bits.and(0x7fffffff).compare(VectorOperators.GT, 0x7f800000);
            ((ShortVector)
                            rounded.blend(upper.or(0x40), nan)
                                    .convertShape(VectorOperators.I2S, SHORTS, 0))
                    .reinterpretAsBytes()
                    .intoArray(target, at + 2 * i);
        }
        Narrow.bf16Scalar(source, from + whole, target, at + 2 * whole, count - whole);
    }
}
