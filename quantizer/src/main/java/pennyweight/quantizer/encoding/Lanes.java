package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The shapes that the vector editions share: floats at the machine's width, as many ints, as many
 * bytes. Touched by vector editions only. No method here takes or returns a vector: one that is not
 * inlined would allocate it.
 *
 * <p>A kernel casts every vector that a loop carries on to {@link #FLOAT} or {@link #INT} before it
 * calls it. The cast costs nothing: it tells the compiler the one class that the variable can hold.
 * Without it the compiler must have seen that class at work, and a kernel that is compiled before
 * allocates its vectors from then on.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final Class<? extends FloatVector> FLOAT =
            FLOATS.vectorType().asSubclass(FloatVector.class);
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final Class<? extends IntVector> INT = INTS.vectorType().asSubclass(IntVector.class);
    static final int COUNT = FLOATS.length();

    /** Whether a quarter of the width is a shape: not at 128 bits, where bytes go one by one. */
    static final boolean HAS_BYTES = COUNT > 4;

    static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(
                    byte.class,
                    VectorShape.forBitSize(HAS_BYTES ? FLOATS.vectorBitSize() / 4 : 64));

    /** Longs, eight codes each: at most 32 bytes, which are what most runs of codes fill. */
    static final VectorSpecies<Long> LONGS =
            VectorSpecies.of(
                    long.class, VectorShape.forBitSize(Math.min(256, FLOATS.vectorBitSize())));

    static final Class<? extends LongVector> LONG = LONGS.vectorType().asSubclass(LongVector.class);

    /** As many bytes as {@link #LONGS} have. */
    static final VectorSpecies<Byte> LONG_BYTES = LONGS.withLanes(byte.class);

    /** The largest float below one half: added before truncation it rounds half away from zero. */
    static final float BELOW_HALF = 0x1.fffffep-2f;

    private Lanes() {}
}
