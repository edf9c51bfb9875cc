package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * The vector edition of {@link Interleaving}: squares of as many numbers as there are lanes are
 * transposed by exchanging the off-diagonal halves, then those of each quarter, and so on. Scalar
 * at 128 bits and where groups do not fill the lanes.
 */
final class InterleavingVectors {
    private static final int HALF = Lanes.COUNT / 2;

    /** The lanes whose index has a bit, and the lanes in the order that flips it. */
    private static final VectorMask<Float> WITH_HALF = lanesWith(HALF);

    private static final VectorMask<Float> WITH_4 = lanesWith(4);
    private static final VectorShuffle<Float> FLIP_4 = flip(4);
    private static final VectorMask<Float> WITH_2 = lanesWith(2);
    private static final VectorShuffle<Float> FLIP_2 = flip(2);
    private static final VectorMask<Float> WITH_1 = lanesWith(1);
    private static final VectorShuffle<Float> FLIP_1 = flip(1);

    private InterleavingVectors() {}

    private static VectorMask<Float> lanesWith(int bit) {
        long lanes = 0;
        for (int i = 0; i < Lanes.COUNT; i++) {
            lanes |= (i & bit) != 0 ? 1L << i : 0;
        }
        return VectorMask.fromLong(Lanes.FLOATS, lanes);
    }

    private static VectorShuffle<Float> flip(int bit) {
        return VectorShuffle.fromOp(Lanes.FLOATS, i -> (i ^ bit) % Lanes.COUNT);
    }

    /** All groups from the first number on, {@code lanes} together and then the next. */
    static float[] all(float[] values, int size, int groups) {
        float[] target = new float[(groups + Lanes.COUNT - 1) / Lanes.COUNT * Lanes.COUNT * size];
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            groups(values, 0, size, g, groups, target, g * size);
        }
        return target;
    }

    /** {@link Interleaving#groups} with as many lanes as the machine has. */
    static void groups(
            float[] values, int from, int size, int first, int groups, float[] target, int at) {
        if ((Lanes.COUNT != 8 && Lanes.COUNT != 16)
                || size % Lanes.COUNT != 0
                || first + Lanes.COUNT > groups) {
            Interleaving.groups(values, from, size, first, groups, Lanes.COUNT, target, at);
            return;
        }
        for (int i = 0; i < size; i += Lanes.COUNT) {
            int square = at + i * Lanes.COUNT;
            halves(values, from + first * size + i, size, target, square);
            if (Lanes.COUNT == 16) {
                quarters(target, square);
            }
            for (int r = 0; r < Lanes.COUNT; r += 4) {
                fours(target, square + r * Lanes.COUNT);
            }
        }
    }

    /** Exchanges the halves of rows by reading each half from where it is. */
    private static void halves(float[] values, int from, int size, float[] target, int at) {
        for (int r = 0; r < HALF; r++) {
            int a = from + r * size;
            int b = a + HALF * size;
            FloatVector.fromArray(Lanes.FLOATS, values, a)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, values, b - HALF), WITH_HALF)
                    .intoArray(target, at + r * Lanes.COUNT);
            FloatVector.fromArray(Lanes.FLOATS, values, a + HALF)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, values, b), WITH_HALF)
                    .intoArray(target, at + (r + HALF) * Lanes.COUNT);
        }
    }

    /** Exchanges runs of four lanes between rows of each half, of sixteen lanes. */
    private static void quarters(float[] target, int at) {
        for (int r = 0; r < Lanes.COUNT; r++) {
            if ((r & 4) == 0) {
                int a = at + r * Lanes.COUNT;
                int b = a + 4 * Lanes.COUNT;
                FloatVector first = FloatVector.fromArray(Lanes.FLOATS, target, a);
                FloatVector second = FloatVector.fromArray(Lanes.FLOATS, target, b);
                first.blend(second.rearrange(FLIP_4), WITH_4).intoArray(target, a);
                first.rearrange(FLIP_4).blend(second, WITH_4).intoArray(target, b);
            }
        }
    }

    /** Transposes squares of four numbers within four rows. */
    private static void fours(float[] target, int at) {
        FloatVector a = FloatVector.fromArray(Lanes.FLOATS, target, at);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, target, at + Lanes.COUNT);
        FloatVector c = FloatVector.fromArray(Lanes.FLOATS, target, at + 2 * Lanes.COUNT);
        FloatVector d = FloatVector.fromArray(Lanes.FLOATS, target, at + 3 * Lanes.COUNT);
        FloatVector ac = a.blend(c.rearrange(FLIP_2), WITH_2);
        FloatVector ca = a.rearrange(FLIP_2).blend(c, WITH_2);
        FloatVector bd = b.blend(d.rearrange(FLIP_2), WITH_2);
        FloatVector db = b.rearrange(FLIP_2).blend(d, WITH_2);
        ac.blend(bd.rearrange(FLIP_1), WITH_1).intoArray(target, at);
        ac.rearrange(FLIP_1).blend(bd, WITH_1).intoArray(target, at + Lanes.COUNT);
        ca.blend(db.rearrange(FLIP_1), WITH_1).intoArray(target, at + 2 * Lanes.COUNT);
        ca.rearrange(FLIP_1).blend(db, WITH_1).intoArray(target, at + 3 * Lanes.COUNT);
    }
}
