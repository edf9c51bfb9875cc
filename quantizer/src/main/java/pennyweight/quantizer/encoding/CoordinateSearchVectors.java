package pennyweight.quantizer.encoding;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link CoordinateSearch} over a run of groups, one a lane. Each step of a sweep waits for the one
 * before it, division included, so two vectors of lanes go side by side.
 */
final class CoordinateSearchVectors {
    private static final int WIDTH = 2 * Lanes.COUNT;

    /** The exponent of {@link Rounding#MAGIC}, to which a code's bits are joined. */
    private static final int EXPONENT =
            Float.floatToRawIntBits(Rounding.MAGIC) & ~Rounding.MANTISSA;

    private final int size;
    private final int top;
    private final int low;
    private final int high;

    /** Number i of the group in a lane is at {@code i * WIDTH + lane}. */
    private final float[] x;

    private final float[] w;
    private final float[] wx;
    private final float[] extreme = new float[WIDTH];
    private final float[] sumXL = new float[WIDTH];
    private final float[] sumL2 = new float[WIDTH];

    /** The codes of all groups, {@code -top .. top - 1}, as {@link #x} for each WIDTH of groups. */
    private final float[] moved;

    /** Whether group g is of zeros. */
    private final boolean[] zero;

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
        x = new float[size * WIDTH];
        w = new float[x.length];
        wx = new float[x.length];
        int padded = (groups + WIDTH - 1) / WIDTH * WIDTH;
        moved = new float[size * padded];
        zero = new boolean[padded];
        scales = new float[padded];
    }

    /** {@link CoordinateSearch#fit} of groups that lie one after another. */
    void fit(float[] values, int from, int groups) {
        for (int g = 0; g < groups; g += WIDTH) {
            Interleaving.groups(values, from, size, g, groups, WIDTH, x);
            int at = g * size;
            for (int half = 0; half < WIDTH; half += Lanes.COUNT) {
                findExtremes(half);
                begin(half, at);
            }
            int sweep = 0;
            while (sweep < CoordinateSearch.SWEEPS && sweep(at)) {
                sweep++;
            }
            for (int lane = 0; lane < WIDTH; lane++) {
                zero[g + lane] = Math.abs(extreme[lane]) < SymmetricSearch.ZERO;
                scales[g + lane] =
                        sumL2[lane] > 0 && !zero[g + lane] ? sumXL[lane] / sumL2[lane] : 0;
            }
        }
    }

    /** The codes that the search left of group {@code g}, as {@link CoordinateSearch#fit} does. */
    void codes(int g, byte[] codes, int at) {
        if (zero[g]) {
            Arrays.fill(codes, at, at + size, (byte) 0);
            return;
        }
        int first = g / WIDTH * WIDTH * size + g % WIDTH;
        for (int i = 0; i < size; i++) {
            codes[at + i] = (byte) (top + (int) moved[first + i * WIDTH]);
        }
    }

    private void findExtremes(int half) {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        FloatVector signed = largest;
        for (int i = half; i < x.length; i += WIDTH) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector magnitude = v.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = largest.blend(magnitude, larger);
            signed = signed.blend(v, larger);
        }
        signed.intoArray(extreme, half);
    }

    private void begin(int half, int at) {
        FloatVector inverse =
                FloatVector.broadcast(Lanes.FLOATS, -top)
                        .div(FloatVector.fromArray(Lanes.FLOATS, extreme, half));
        FloatVector xl = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = xl;
        for (int i = half; i < x.length; i += WIDTH) {
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
            xl = xl.add(product.mul(code));
            l2 = l2.add(weight.mul(code).mul(code));
        }
        xl.intoArray(sumXL, half);
        l2.intoArray(sumL2, half);
    }

    /** Whether any code moved. */
    private boolean sweep(int at) {
        FloatVector bestXLA = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0);
        FloatVector bestL2A = FloatVector.fromArray(Lanes.FLOATS, sumL2, 0);
        FloatVector bestXLB = FloatVector.fromArray(Lanes.FLOATS, sumXL, Lanes.COUNT);
        FloatVector bestL2B = FloatVector.fromArray(Lanes.FLOATS, sumL2, Lanes.COUNT);
        FloatVector changed = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < x.length; i += WIDTH) {
            FloatVector wA = FloatVector.fromArray(Lanes.FLOATS, w, i);
            FloatVector wxA = FloatVector.fromArray(Lanes.FLOATS, wx, i);
            FloatVector oldA = FloatVector.fromArray(Lanes.FLOATS, moved, at + i);
            FloatVector xlA = bestXLA.sub(wxA.mul(oldA));
            FloatVector l2A = bestL2A.sub(wA.mul(oldA).mul(oldA));
            VectorMask<Float> acceptA = xlA.compare(VectorOperators.GT, 0f);
            FloatVector codeA =
                    FloatVector.fromArray(Lanes.FLOATS, x, i)
                            .mul(l2A)
                            .div(xlA)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .max(low)
                            .min(high)
                            .or(EXPONENT)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlA = xlA.add(wxA.mul(codeA));
            l2A = l2A.add(wA.mul(codeA).mul(codeA));
            acceptA =
                    acceptA.and(codeA.compare(VectorOperators.NE, oldA))
                            .and(l2A.compare(VectorOperators.GT, 0f))
                            .and(
                                    xlA.mul(xlA)
                                            .mul(bestL2A)
                                            .compare(
                                                    VectorOperators.GT,
                                                    bestXLA.mul(bestXLA).mul(l2A)));
            oldA.blend(codeA, acceptA).intoArray(moved, at + i);
            bestXLA = bestXLA.blend(xlA, acceptA);
            bestL2A = bestL2A.blend(l2A, acceptA);
            changed = changed.blend(1f, acceptA);

            int j = i + Lanes.COUNT;
            FloatVector wB = FloatVector.fromArray(Lanes.FLOATS, w, j);
            FloatVector wxB = FloatVector.fromArray(Lanes.FLOATS, wx, j);
            FloatVector oldB = FloatVector.fromArray(Lanes.FLOATS, moved, at + j);
            FloatVector xlB = bestXLB.sub(wxB.mul(oldB));
            FloatVector l2B = bestL2B.sub(wB.mul(oldB).mul(oldB));
            VectorMask<Float> acceptB = xlB.compare(VectorOperators.GT, 0f);
            FloatVector codeB =
                    FloatVector.fromArray(Lanes.FLOATS, x, j)
                            .mul(l2B)
                            .div(xlB)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .max(low)
                            .min(high)
                            .or(EXPONENT)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlB = xlB.add(wxB.mul(codeB));
            l2B = l2B.add(wB.mul(codeB).mul(codeB));
            acceptB =
                    acceptB.and(codeB.compare(VectorOperators.NE, oldB))
                            .and(l2B.compare(VectorOperators.GT, 0f))
                            .and(
                                    xlB.mul(xlB)
                                            .mul(bestL2B)
                                            .compare(
                                                    VectorOperators.GT,
                                                    bestXLB.mul(bestXLB).mul(l2B)));
            oldB.blend(codeB, acceptB).intoArray(moved, at + j);
            bestXLB = bestXLB.blend(xlB, acceptB);
            bestL2B = bestL2B.blend(l2B, acceptB);
            changed = changed.blend(1f, acceptB);
        }
        bestXLA.intoArray(sumXL, 0);
        bestL2A.intoArray(sumL2, 0);
        bestXLB.intoArray(sumXL, Lanes.COUNT);
        bestL2B.intoArray(sumL2, Lanes.COUNT);
        return changed.compare(VectorOperators.NE, 0f).anyTrue();
    }
}
