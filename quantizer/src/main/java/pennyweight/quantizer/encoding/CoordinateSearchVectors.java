package pennyweight.quantizer.encoding;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link CoordinateSearch} over a run of groups, as many at once as there are lanes, one a lane.
 *
 * <p>Whether a code moves depends on all moves before it, and a division lies between. Few move, so
 * what follows only then is behind a branch, and the machine runs ahead as if none did.
 */
final class CoordinateSearchVectors {
    /** The exponent of {@link Rounding#MAGIC}, to which a code's bits are joined. */
    private static final int EXPONENT =
            Float.floatToRawIntBits(Rounding.MAGIC) & ~Rounding.MANTISSA;

    private final int size;
    private final int top;
    private final int low;
    private final int high;

    /** Number i of the group in a lane is at {@code i * lanes + lane}. */
    private final float[] x;

    private final float[] w;
    private final float[] wx;
    private final float[] sumXL = new float[Lanes.COUNT];
    private final float[] sumL2 = new float[Lanes.COUNT];

    /** The codes of all groups, {@code -top .. top - 1}: one {@link #x} after another. */
    private final float[] moved;

    /** The first number of largest magnitude of group g. */
    private final float[] extremes;

    /** Of group g. */
    final float[] scales;

    /**
     * A search for up to {@code groups} groups at once.
     *
     * @param size numbers of a group
     */
    CoordinateSearchVectors(int size, int top, int groups) {
        this.size = size;
        this.top = top;
        low = Rounding.MAGIC_MANTISSA - top;
        high = Rounding.MAGIC_MANTISSA + top - 1;
        x = new float[size * Lanes.COUNT];
        w = new float[x.length];
        wx = new float[x.length];
        int padded = (groups + Lanes.COUNT - 1) / Lanes.COUNT * Lanes.COUNT;
        moved = new float[size * padded];
        extremes = new float[padded];
        scales = new float[padded];
    }

    /** {@link CoordinateSearch#fit} of groups that lie one after another. */
    void fit(float[] values, int from, int groups) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            InterleavingVectors.groups(values, from, size, g, groups, x, 0);
            int at = g * size;
            findExtremes(g);
            begin(g, at);
            int sweep = 0;
            while (sweep < CoordinateSearch.SWEEPS && sweep(at)) {
                sweep++;
            }
            finish(g);
        }
    }

    private void finish(int group) {
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, 0);
        FloatVector largest = FloatVector.fromArray(Lanes.FLOATS, extremes, group).abs();
        FloatVector.zero(Lanes.FLOATS)
                .blend(xl.div(l2), l2.compare(VectorOperators.GT, 0f))
                .blend(0f, largest.lt(SymmetricSearch.ZERO))
                .intoArray(scales, group);
    }

    /** The codes that the search left of group {@code g}, as {@link CoordinateSearch#fit} does. */
    void codes(int g, byte[] codes, int at) {
        if (Math.abs(extremes[g]) < SymmetricSearch.ZERO) {
            Arrays.fill(codes, at, at + size, (byte) 0);
            return;
        }
        int first = g / Lanes.COUNT * Lanes.COUNT * size + g % Lanes.COUNT;
        for (int i = 0; i < size; i++) {
            codes[at + i] = (byte) (top + (int) moved[first + i * Lanes.COUNT]);
        }
    }

    private void findExtremes(int group) {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        FloatVector signed = largest;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector magnitude = v.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = Lanes.FLOAT.cast(largest).blend(magnitude, larger);
            signed = Lanes.FLOAT.cast(signed).blend(v, larger);
        }
        Lanes.FLOAT.cast(signed).intoArray(extremes, group);
    }

    private void begin(int group, int at) {
        FloatVector inverse =
                FloatVector.broadcast(Lanes.FLOATS, -top)
                        .div(FloatVector.fromArray(Lanes.FLOATS, extremes, group));
        FloatVector xl = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = xl;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector weight = v.mul(v);
            FloatVector product = weight.mul(v);
            FloatVector code =
                    inverse.mul(v)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .max(low)
                            .min(high)
                            .or(EXPONENT)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            weight.intoArray(w, i);
            product.intoArray(wx, i);
            code.intoArray(moved, at + i);
            xl = Lanes.FLOAT.cast(xl).add(product.mul(code));
            l2 = Lanes.FLOAT.cast(l2).add(weight.mul(code).mul(code));
        }
        Lanes.FLOAT.cast(xl).intoArray(sumXL, 0);
        Lanes.FLOAT.cast(l2).intoArray(sumL2, 0);
    }

    /** Whether any code moved. */
    private boolean sweep(int at) {
        boolean any = false;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, w, i);
            FloatVector product = FloatVector.fromArray(Lanes.FLOATS, wx, i);
            FloatVector old = FloatVector.fromArray(Lanes.FLOATS, moved, at + i);
            FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0).sub(product.mul(old));
            FloatVector l2 =
                    FloatVector.fromArray(Lanes.FLOATS, sumL2, 0).sub(weight.mul(old).mul(old));
            FloatVector code =
                    FloatVector.fromArray(Lanes.FLOATS, x, i)
                            .mul(l2)
                            .div(xl)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .max(low)
                            .min(high)
                            .or(EXPONENT)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            VectorMask<Float> accept =
                    xl.compare(VectorOperators.GT, 0f).and(code.compare(VectorOperators.NE, old));
            if (accept.anyTrue()) {
                FloatVector bestXL = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0);
                FloatVector bestL2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, 0);
                xl = xl.add(product.mul(code));
                l2 = l2.add(weight.mul(code).mul(code));
                accept =
                        accept.and(l2.compare(VectorOperators.GT, 0f))
                                .and(
                                        xl.mul(xl)
                                                .mul(bestL2)
                                                .compare(
                                                        VectorOperators.GT,
                                                        bestXL.mul(bestXL).mul(l2)));
                any |= accept.anyTrue();
                old.blend(code, accept).intoArray(moved, at + i);
                bestXL.blend(xl, accept).intoArray(sumXL, 0);
                bestL2.blend(l2, accept).intoArray(sumL2, 0);
            }
        }
        return any;
    }
}
