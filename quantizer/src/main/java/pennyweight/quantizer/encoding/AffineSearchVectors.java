package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link AffineSearch} over groups of as many sub-blocks as there are lanes, one a lane, so that
 * every sum keeps the order of the reference. Each step of the search waits for the one before, so
 * several groups take every step together: what one group waits for, the others fill. Between its
 * steps, which are methods of their own so that each stays small enough to be compiled well, the
 * state of the search rests in arrays, one number a sub-block.
 */
final class AffineSearchVectors {
    /** Numbers that a lane has in the groups searched together: 4 groups of 32, 8 of 16. */
    static final int DEPTH = 128;

    /** Floats after which the low bits of addresses repeat that a processor compares first. */
    private static final int ADDRESSES_REPEAT = 4096 / Float.BYTES;

    /** Rounding by {@link Rounding#MAGIC} is exact up to here; the bits of a magnitude. */
    private static final int EXACT_BITS = Float.floatToRawIntBits(4194303f);

    private static final int MAGNITUDE = 0x7fffffff;

    private final AffineGrid grid;

    /** How far the numbers of a group are from those of the group before. */
    private final int span;

    /** Sub-blocks that are searched together. */
    final int count;

    private final int topBits;

    /** The bits of the least magnitude that may be rounded to more than the largest code. */
    private final int aboveBits;

    /**
     * The numbers of all groups, from {@link #weights} on their weights, from {@link #candidate} on
     * codes of the groups searched together. In one array, so that their distance is known: a
     * processor takes a number that is read for a code just stored where the low bits of their
     * addresses are equal, and waits.
     */
    final float[] numbers;

    final int weights;
    private final int candidate;

    private final float[] sumX;
    private final float[] low;
    private final float[] min;
    private final float[] max;
    private final float[] best;
    private final float[] inverse;
    private final float[] sumL;
    private final float[] sumL2;
    private final float[] sumXL;
    private final float[] fittedScale;
    private final float[] fittedMin;
    private final float[] error;

    final float[] sumW;
    final float[] scale;
    final float[] offset;
    final float[] codeInverse;
    final float[] codeMinimum;

    /**
     * A search of some of the numbers that it has room for.
     *
     * @param depth numbers that a lane has in all groups, a multiple of {@link #DEPTH}
     */
    AffineSearchVectors(AffineGrid grid, int depth) {
        this.grid = grid;
        span = grid.size() * Lanes.COUNT;
        topBits = Rounding.MAGIC_BITS + grid.top();
        aboveBits = Float.floatToRawIntBits(grid.top() + 0.5f);
        count = DEPTH / grid.size() * Lanes.COUNT;
        weights = depth * Lanes.COUNT;
        // Two groups go side by side: the codes' low bits are between those of their numbers.
        int apart = 2 * span < ADDRESSES_REPEAT ? 2 * span : span / 2;
        candidate = 2 * weights + apart;
        numbers = new float[candidate + DEPTH * Lanes.COUNT];
        sumX = new float[count];
        low = new float[count];
        min = new float[count];
        max = new float[count];
        best = new float[count];
        inverse = new float[count];
        sumL = new float[count];
        sumL2 = new float[count];
        sumXL = new float[count];
        fittedScale = new float[count];
        fittedMin = new float[count];
        error = new float[count];
        sumW = new float[count];
        scale = new float[count];
        offset = new float[count];
        codeInverse = new float[count];
        codeMinimum = new float[count];
    }

    /**
     * Searches for the sub-blocks whose number i is {@code numbers[from + i * lanes + lane]}, and
     * for {@link #count} of them, the numbers of each group after all of the one before.
     */
    void fit(int from) {
        for (int at = 0; at < count; at += Lanes.COUNT) {
            begin(from + at * grid.size(), at);
        }
        code(from, grid.top());
        for (int lane = 0; lane < count; lane++) {
            scale[lane] = 1 / inverse[lane];
        }
        errors(from, scale, min);
        for (int lane = 0; lane < count; lane++) {
            boolean constant = max[lane] == min[lane];
            codeInverse[lane] = constant ? 0 : inverse[lane];
            codeMinimum[lane] = constant ? 0 : min[lane];
            // No error is below -1: nothing is accepted of a constant sub-block, which needs a
            // range.
            best[lane] = constant ? -1 : error[lane];
            if (constant) {
                max[lane] = min[lane] < 0 ? 0 : 1;
            }
        }
        for (int i = 0; i <= grid.last(); i++) {
            code(from, grid.numerator(i));
            solve();
            errors(from, fittedScale, fittedMin);
            accept();
        }
        for (int lane = 0; lane < count; lane++) {
            offset[lane] = -min[lane];
        }
    }

    private void begin(int from, int at) {
        int w = weights + from;
        FloatVector lowest = FloatVector.fromArray(Lanes.FLOATS, numbers, from);
        FloatVector highest = lowest;
        FloatVector totalW = FloatVector.fromArray(Lanes.FLOATS, numbers, w);
        FloatVector totalX = totalW.mul(lowest);
        for (int i = Lanes.COUNT; i < span; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, from + i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, numbers, w + i);
            lowest = Lanes.FLOAT.cast(lowest);
            lowest = lowest.blend(v, v.lt(lowest));
            highest = Lanes.FLOAT.cast(highest);
            highest = highest.blend(v, v.compare(VectorOperators.GT, highest));
            totalW = Lanes.FLOAT.cast(totalW).add(weight);
            totalX = Lanes.FLOAT.cast(totalX).add(weight.mul(v));
        }
        lowest = Lanes.FLOAT.cast(lowest);
        lowest.intoArray(low, at);
        lowest.blend(0f, lowest.compare(VectorOperators.GT, 0f)).intoArray(min, at);
        Lanes.FLOAT.cast(highest).intoArray(max, at);
        Lanes.FLOAT.cast(totalW).intoArray(sumW, at);
        Lanes.FLOAT.cast(totalX).intoArray(sumX, at);
    }

    /** Candidate codes of the inverse scale {@code numerator / (max - min)}, and their sums. */
    private void code(int from, float numerator) {
        int reach = invert(numerator);
        for (int at = 0; at < count; at += 2 * Lanes.COUNT) {
            if (reach < aboveBits) {
                lowCodes(from, at);
            } else if (reach <= EXACT_BITS) {
                codes(from, at);
            } else {
                anyCodes(from, at);
                anyCodes(from, at + Lanes.COUNT);
            }
        }
    }

    /**
     * Finds the inverse scales.
     *
     * @return the bits of the largest magnitude that will be rounded: that of the least or of the
     *     largest number of a sub-block, since each operation of a code keeps their order
     */
    private int invert(float numerator) {
        // Magnitudes are ordered as their bits, what is not a number above all.
        IntVector largest = IntVector.zero(Lanes.INTS);
        for (int at = 0; at < count; at += Lanes.COUNT) {
            FloatVector m = FloatVector.fromArray(Lanes.FLOATS, min, at);
            FloatVector range = FloatVector.fromArray(Lanes.FLOATS, max, at).sub(m);
            FloatVector inverted = FloatVector.broadcast(Lanes.FLOATS, numerator).div(range);
            inverted.intoArray(inverse, at);
            FloatVector first = inverted.mul(FloatVector.fromArray(Lanes.FLOATS, low, at).sub(m));
            largest =
                    Lanes.INT
                            .cast(largest)
                            .max(inverted.mul(range).reinterpretAsInts().and(MAGNITUDE))
                            .max(first.reinterpretAsInts().and(MAGNITUDE));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** Codes of two groups side by side, so that neither waits for its own sums. */
    private void codes(int from, int at0) {
        int at1 = at0 + Lanes.COUNT;
        int x0 = from + at0 * grid.size();
        int w0 = weights + x0;
        int c0 = candidate + at0 * grid.size();
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, min, at0);
        FloatVector inverted0 = FloatVector.fromArray(Lanes.FLOATS, inverse, at0);
        FloatVector l0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector ll0 = l0;
        FloatVector xl0 = l0;
        int x1 = x0 + span;
        int w1 = w0 + span;
        int c1 = c0 + span;
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, min, at1);
        FloatVector inverted1 = FloatVector.fromArray(Lanes.FLOATS, inverse, at1);
        FloatVector l1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector ll1 = l1;
        FloatVector xl1 = l1;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, numbers, x0 + i);
            // In the range of the magic number floats are ordered as their bits.
            FloatVector code0 =
                    inverted0
                            .mul(v0.sub(m0))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(Rounding.MAGIC_BITS)
                            .min(topBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            code0.intoArray(numbers, c0 + i);
            FloatVector weighted0 = FloatVector.fromArray(Lanes.FLOATS, numbers, w0 + i).mul(code0);
            l0 = Lanes.FLOAT.cast(l0).add(weighted0);
            ll0 = Lanes.FLOAT.cast(ll0).add(weighted0.mul(code0));
            xl0 = Lanes.FLOAT.cast(xl0).add(weighted0.mul(v0));
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, numbers, x1 + i);
            FloatVector code1 =
                    inverted1
                            .mul(v1.sub(m1))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(Rounding.MAGIC_BITS)
                            .min(topBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            code1.intoArray(numbers, c1 + i);
            FloatVector weighted1 = FloatVector.fromArray(Lanes.FLOATS, numbers, w1 + i).mul(code1);
            l1 = Lanes.FLOAT.cast(l1).add(weighted1);
            ll1 = Lanes.FLOAT.cast(ll1).add(weighted1.mul(code1));
            xl1 = Lanes.FLOAT.cast(xl1).add(weighted1.mul(v1));
        }
        Lanes.FLOAT.cast(l0).intoArray(sumL, at0);
        Lanes.FLOAT.cast(ll0).intoArray(sumL2, at0);
        Lanes.FLOAT.cast(xl0).intoArray(sumXL, at0);
        Lanes.FLOAT.cast(l1).intoArray(sumL, at1);
        Lanes.FLOAT.cast(ll1).intoArray(sumL2, at1);
        Lanes.FLOAT.cast(xl1).intoArray(sumXL, at1);
    }

    /** As {@link #codes}, where no number is above the largest code. */
    private void lowCodes(int from, int at0) {
        int at1 = at0 + Lanes.COUNT;
        int x0 = from + at0 * grid.size();
        int w0 = weights + x0;
        int c0 = candidate + at0 * grid.size();
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, min, at0);
        FloatVector inverted0 = FloatVector.fromArray(Lanes.FLOATS, inverse, at0);
        FloatVector l0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector ll0 = l0;
        FloatVector xl0 = l0;
        int x1 = x0 + span;
        int w1 = w0 + span;
        int c1 = c0 + span;
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, min, at1);
        FloatVector inverted1 = FloatVector.fromArray(Lanes.FLOATS, inverse, at1);
        FloatVector l1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector ll1 = l1;
        FloatVector xl1 = l1;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, numbers, x0 + i);
            FloatVector code0 =
                    inverted0
                            .mul(v0.sub(m0))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(Rounding.MAGIC_BITS)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            code0.intoArray(numbers, c0 + i);
            FloatVector weighted0 = FloatVector.fromArray(Lanes.FLOATS, numbers, w0 + i).mul(code0);
            l0 = Lanes.FLOAT.cast(l0).add(weighted0);
            ll0 = Lanes.FLOAT.cast(ll0).add(weighted0.mul(code0));
            xl0 = Lanes.FLOAT.cast(xl0).add(weighted0.mul(v0));
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, numbers, x1 + i);
            FloatVector code1 =
                    inverted1
                            .mul(v1.sub(m1))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(Rounding.MAGIC_BITS)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            code1.intoArray(numbers, c1 + i);
            FloatVector weighted1 = FloatVector.fromArray(Lanes.FLOATS, numbers, w1 + i).mul(code1);
            l1 = Lanes.FLOAT.cast(l1).add(weighted1);
            ll1 = Lanes.FLOAT.cast(ll1).add(weighted1.mul(code1));
            xl1 = Lanes.FLOAT.cast(xl1).add(weighted1.mul(v1));
        }
        Lanes.FLOAT.cast(l0).intoArray(sumL, at0);
        Lanes.FLOAT.cast(ll0).intoArray(sumL2, at0);
        Lanes.FLOAT.cast(xl0).intoArray(sumXL, at0);
        Lanes.FLOAT.cast(l1).intoArray(sumL, at1);
        Lanes.FLOAT.cast(ll1).intoArray(sumL2, at1);
        Lanes.FLOAT.cast(xl1).intoArray(sumXL, at1);
    }

    /** As {@link #codes}, for numbers of any size. */
    private void anyCodes(int from, int at) {
        int x = from + at * grid.size();
        int w = weights + x;
        int c = candidate + at * grid.size();
        FloatVector m = FloatVector.fromArray(Lanes.FLOATS, min, at);
        FloatVector inverted = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector l = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = l;
        FloatVector xl = l;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, x + i);
            FloatVector code =
                    (FloatVector)
                            inverted.mul(v.sub(m))
                                    .add(Rounding.MAGIC)
                                    .reinterpretAsInts()
                                    .and(Rounding.MANTISSA)
                                    .sub(Rounding.MAGIC_MANTISSA)
                                    .max(0)
                                    .min(grid.top())
                                    .convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            code.intoArray(numbers, c + i);
            FloatVector weighted = FloatVector.fromArray(Lanes.FLOATS, numbers, w + i).mul(code);
            l = Lanes.FLOAT.cast(l).add(weighted);
            l2 = Lanes.FLOAT.cast(l2).add(weighted.mul(code));
            xl = Lanes.FLOAT.cast(xl).add(weighted.mul(v));
        }
        Lanes.FLOAT.cast(l).intoArray(sumL, at);
        Lanes.FLOAT.cast(l2).intoArray(sumL2, at);
        Lanes.FLOAT.cast(xl).intoArray(sumXL, at);
    }

    /** The least-squares scale and minimum of the candidate codes. */
    private void solve() {
        for (int at = 0; at < count; at += Lanes.COUNT) {
            FloatVector w = FloatVector.fromArray(Lanes.FLOATS, sumW, at);
            FloatVector wx = FloatVector.fromArray(Lanes.FLOATS, sumX, at);
            FloatVector l = FloatVector.fromArray(Lanes.FLOATS, sumL, at);
            FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, at);
            FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, at);
            FloatVector determinant = w.mul(l2).sub(l.mul(l));
            FloatVector s = w.mul(xl).sub(wx.mul(l)).div(determinant);
            FloatVector m = l2.mul(wx).sub(l.mul(xl)).div(determinant);
            // No error is below one that is not a number: without a solution nothing is accepted.
            VectorMask<Float> unsolved = determinant.compare(VectorOperators.GT, 0f).not();
            m = m.blend(Float.NaN, unsolved);
            s.blend(Float.NaN, unsolved).intoArray(fittedScale, at);
            m.intoArray(fittedMin, at);
            if (m.compare(VectorOperators.GT, 0f).anyTrue()) {
                fromZero(at);
            }
        }
    }

    /**
     * Where the fitted minimum is above 0, the best scale of minimum 0. Not a branch within {@link
     * #solve}: vectors that two branches give are allocated.
     */
    private void fromZero(int at) {
        FloatVector m = FloatVector.fromArray(Lanes.FLOATS, fittedMin, at);
        VectorMask<Float> above = m.compare(VectorOperators.GT, 0f);
        FloatVector s =
                FloatVector.fromArray(Lanes.FLOATS, sumXL, at)
                        .div(FloatVector.fromArray(Lanes.FLOATS, sumL2, at));
        FloatVector.fromArray(Lanes.FLOATS, fittedScale, at)
                .blend(s, above)
                .intoArray(fittedScale, at);
        m.blend(0f, above).intoArray(fittedMin, at);
    }

    /** Keeps the candidate where its error is the least so far. */
    private void accept() {
        for (int at = 0; at < count; at += Lanes.COUNT) {
            FloatVector e = FloatVector.fromArray(Lanes.FLOATS, error, at);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, best, at);
            VectorMask<Float> better = e.lt(b);
            FloatVector m = FloatVector.fromArray(Lanes.FLOATS, min, at);
            b.blend(e, better).intoArray(best, at);
            FloatVector.fromArray(Lanes.FLOATS, scale, at)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, fittedScale, at), better)
                    .intoArray(scale, at);
            FloatVector.fromArray(Lanes.FLOATS, codeInverse, at)
                    .blend(FloatVector.fromArray(Lanes.FLOATS, inverse, at), better)
                    .intoArray(codeInverse, at);
            FloatVector.fromArray(Lanes.FLOATS, codeMinimum, at)
                    .blend(m, better)
                    .intoArray(codeMinimum, at);
            m.blend(FloatVector.fromArray(Lanes.FLOATS, fittedMin, at), better).intoArray(min, at);
        }
    }

    /** The weighted errors of the candidate codes under this scale and minimum. */
    private void errors(int from, float[] scales, float[] minimums) {
        for (int at = 0; at < count; at += 2 * Lanes.COUNT) {
            int x = from + at * grid.size();
            int c = candidate + at * grid.size();
            if (grid.absolute()) {
                AffineErrorsVectors.magnitudes(
                        numbers, x, weights + x, c, span, scales, minimums, error, at);
            } else {
                AffineErrorsVectors.squares(
                        numbers, x, weights + x, c, span, scales, minimums, error, at);
            }
        }
    }
}
