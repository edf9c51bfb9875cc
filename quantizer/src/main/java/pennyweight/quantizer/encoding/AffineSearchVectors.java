package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link AffineSearch} over two groups of as many sub-blocks as there are lanes, one a lane, so
 * that every sum keeps the order of the reference; two groups, so that one's sums fill the time
 * that the other's take to be ready. Between its steps, which are methods of their own so that each
 * stays small enough to be compiled well, the state of the search rests in arrays, one number a
 * sub-block.
 */
final class AffineSearchVectors {
    /** Sub-blocks that are searched together. */
    static final int COUNT = 2 * Lanes.COUNT;

    /** Rounding by {@link Rounding#MAGIC} is exact up to here. */
    private static final float EXACT = 4194303f;

    private static final int MAGIC_BITS = Float.floatToRawIntBits(Rounding.MAGIC);

    private final AffineGrid grid;

    /** How far the second group's numbers are from the first's. */
    private final int span;

    private final int topBits;
    private final float[] candidate;

    private final float[] sumX = new float[COUNT];
    private final float[] low = new float[COUNT];
    private final float[] min = new float[COUNT];
    private final float[] max = new float[COUNT];
    private final float[] best = new float[COUNT];
    private final float[] inverse = new float[COUNT];
    private final float[] sumL = new float[COUNT];
    private final float[] sumL2 = new float[COUNT];
    private final float[] sumXL = new float[COUNT];
    private final float[] fittedScale = new float[COUNT];
    private final float[] fittedMin = new float[COUNT];
    private final float[] error = new float[COUNT];

    final float[] sumW = new float[COUNT];
    final float[] scale = new float[COUNT];
    final float[] offset = new float[COUNT];
    final float[] codeInverse = new float[COUNT];
    final float[] codeMinimum = new float[COUNT];

    AffineSearchVectors(AffineGrid grid) {
        this.grid = grid;
        span = grid.size() * Lanes.COUNT;
        topBits = MAGIC_BITS + grid.top();
        candidate = new float[2 * span];
    }

    /**
     * Searches for the sub-blocks whose number i is {@code x[from + i * lanes + lane]}, and those
     * whose numbers follow after all of theirs; weights likewise.
     */
    void fit(float[] x, float[] weights, int from) {
        begin(x, weights, from, 0);
        begin(x, weights, from + span, Lanes.COUNT);
        code(x, weights, from, grid.top());
        for (int lane = 0; lane < COUNT; lane++) {
            scale[lane] = 1 / inverse[lane];
        }
        errors(x, weights, from, scale, min);
        for (int lane = 0; lane < COUNT; lane++) {
            boolean constant = max[lane] == min[lane];
            codeInverse[lane] = constant ? 0 : inverse[lane];
            codeMinimum[lane] = constant ? 0 : min[lane];
            // No error is below -1: nothing more is tried on a constant sub-block.
            best[lane] = constant ? -1 : error[lane];
        }
        for (int i = 0; i <= grid.last(); i++) {
            code(x, weights, from, grid.numerator(i));
            solve(0);
            solve(Lanes.COUNT);
            errors(x, weights, from, fittedScale, fittedMin);
            accept(0);
            accept(Lanes.COUNT);
        }
        for (int lane = 0; lane < COUNT; lane++) {
            offset[lane] = -min[lane];
        }
    }

    private void begin(float[] x, float[] weights, int from, int at) {
        FloatVector lowest = FloatVector.fromArray(Lanes.FLOATS, x, from);
        FloatVector highest = lowest;
        FloatVector totalW = FloatVector.fromArray(Lanes.FLOATS, weights, from);
        FloatVector totalX = totalW.mul(lowest);
        for (int i = Lanes.COUNT; i < span; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, from + i);
            FloatVector w = FloatVector.fromArray(Lanes.FLOATS, weights, from + i);
            lowest = lowest.blend(v, v.lt(lowest));
            highest = highest.blend(v, v.compare(VectorOperators.GT, highest));
            totalW = totalW.add(w);
            totalX = totalX.add(w.mul(v));
        }
        lowest.intoArray(low, at);
        lowest.blend(0f, lowest.compare(VectorOperators.GT, 0f)).intoArray(min, at);
        highest.intoArray(max, at);
        totalW.intoArray(sumW, at);
        totalX.intoArray(sumX, at);
    }

    /** Candidate codes of the inverse scale {@code numerator / (max - min)}, and their sums. */
    private void code(float[] x, float[] weights, int from, float numerator) {
        boolean exact = invert(numerator, 0);
        exact &= invert(numerator, Lanes.COUNT);
        if (exact) {
            codes(x, weights, from);
        } else {
            anyCodes(x, weights, from, 0);
            anyCodes(x, weights, from + span, Lanes.COUNT);
        }
    }

    /**
     * The inverse scales of a group, and whether every number of it can be rounded exactly: so it
     * is if the least and the largest can, since each operation of a code keeps their order.
     */
    private boolean invert(float numerator, int at) {
        FloatVector m = FloatVector.fromArray(Lanes.FLOATS, min, at);
        FloatVector range = FloatVector.fromArray(Lanes.FLOATS, max, at).sub(m);
        FloatVector inverted = FloatVector.broadcast(Lanes.FLOATS, numerator).div(range);
        inverted.intoArray(inverse, at);
        VectorMask<Float> constant = range.eq(0f);
        FloatVector last = inverted.mul(range).abs();
        FloatVector first = inverted.mul(FloatVector.fromArray(Lanes.FLOATS, low, at).sub(m)).abs();
        return last.compare(VectorOperators.LE, EXACT)
                .and(first.compare(VectorOperators.LE, EXACT))
                .or(constant)
                .allTrue();
    }

    private void codes(float[] x, float[] weights, int from) {
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, min, 0);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, min, Lanes.COUNT);
        FloatVector inverse0 = FloatVector.fromArray(Lanes.FLOATS, inverse, 0);
        FloatVector inverse1 = FloatVector.fromArray(Lanes.FLOATS, inverse, Lanes.COUNT);
        FloatVector l0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector l1 = l0;
        FloatVector l20 = l0;
        FloatVector l21 = l0;
        FloatVector xl0 = l0;
        FloatVector xl1 = l0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector v0 = FloatVector.fromArray(Lanes.FLOATS, x, from + i);
            FloatVector v1 = FloatVector.fromArray(Lanes.FLOATS, x, from + span + i);
            // In the range of the magic number floats are ordered as their bits.
            FloatVector code0 =
                    inverse0.mul(v0.sub(m0))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(MAGIC_BITS)
                            .min(topBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            FloatVector code1 =
                    inverse1.mul(v1.sub(m1))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(MAGIC_BITS)
                            .min(topBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            code0.intoArray(candidate, i);
            code1.intoArray(candidate, span + i);
            FloatVector weighted0 =
                    FloatVector.fromArray(Lanes.FLOATS, weights, from + i).mul(code0);
            FloatVector weighted1 =
                    FloatVector.fromArray(Lanes.FLOATS, weights, from + span + i).mul(code1);
            l0 = l0.add(weighted0);
            l1 = l1.add(weighted1);
            l20 = l20.add(weighted0.mul(code0));
            l21 = l21.add(weighted1.mul(code1));
            xl0 = xl0.add(weighted0.mul(v0));
            xl1 = xl1.add(weighted1.mul(v1));
        }
        l0.intoArray(sumL, 0);
        l1.intoArray(sumL, Lanes.COUNT);
        l20.intoArray(sumL2, 0);
        l21.intoArray(sumL2, Lanes.COUNT);
        xl0.intoArray(sumXL, 0);
        xl1.intoArray(sumXL, Lanes.COUNT);
    }

    /** As {@link #codes}, of one group, for numbers of any size. */
    private void anyCodes(float[] x, float[] weights, int from, int at) {
        FloatVector m = FloatVector.fromArray(Lanes.FLOATS, min, at);
        FloatVector inverted = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector l = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = l;
        FloatVector xl = l;
        int to = at == 0 ? 0 : span;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, from + i);
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
            code.intoArray(candidate, to + i);
            FloatVector weighted = FloatVector.fromArray(Lanes.FLOATS, weights, from + i).mul(code);
            l = l.add(weighted);
            l2 = l2.add(weighted.mul(code));
            xl = xl.add(weighted.mul(v));
        }
        l.intoArray(sumL, at);
        l2.intoArray(sumL2, at);
        xl.intoArray(sumXL, at);
    }

    /** The least-squares scale and minimum of the candidate codes. */
    private void solve(int at) {
        FloatVector w = FloatVector.fromArray(Lanes.FLOATS, sumW, at);
        FloatVector wx = FloatVector.fromArray(Lanes.FLOATS, sumX, at);
        FloatVector l = FloatVector.fromArray(Lanes.FLOATS, sumL, at);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, at);
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, at);
        FloatVector determinant = w.mul(l2).sub(l.mul(l));
        FloatVector s = w.mul(xl).sub(wx.mul(l)).div(determinant);
        FloatVector m = l2.mul(wx).sub(l.mul(xl)).div(determinant);
        VectorMask<Float> above = m.compare(VectorOperators.GT, 0f);
        if (above.anyTrue()) {
            s = s.blend(xl.div(l2), above);
            m = m.blend(0f, above);
        }
        // No error is below one that is not a number: without a solution nothing is accepted.
        s.blend(Float.NaN, determinant.compare(VectorOperators.GT, 0f).not())
                .intoArray(fittedScale, at);
        m.intoArray(fittedMin, at);
    }

    /** Keeps the candidate where its error is the least so far. */
    private void accept(int at) {
        FloatVector e = FloatVector.fromArray(Lanes.FLOATS, error, at);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, best, at);
        VectorMask<Float> better = e.lt(b);
        if (!better.anyTrue()) {
            return;
        }
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

    /** The weighted errors of the candidate codes under this scale and minimum. */
    private void errors(float[] x, float[] weights, int from, float[] scales, float[] minimums) {
        if (grid.absolute()) {
            magnitudes(x, weights, from, scales, minimums);
        } else {
            squares(x, weights, from, scales, minimums);
        }
    }

    private void squares(float[] x, float[] weights, int from, float[] scales, float[] minimums) {
        FloatVector s0 = FloatVector.fromArray(Lanes.FLOATS, scales, 0);
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, scales, Lanes.COUNT);
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, minimums, 0);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, minimums, Lanes.COUNT);
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector d0 =
                    s0.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, i))
                            .add(m0)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, from + i));
            FloatVector d1 =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, span + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, from + span + i));
            sum0 = sum0.add(FloatVector.fromArray(Lanes.FLOATS, weights, from + i).mul(d0.mul(d0)));
            sum1 =
                    sum1.add(
                            FloatVector.fromArray(Lanes.FLOATS, weights, from + span + i)
                                    .mul(d1.mul(d1)));
        }
        sum0.intoArray(error, 0);
        sum1.intoArray(error, Lanes.COUNT);
    }

    private void magnitudes(
            float[] x, float[] weights, int from, float[] scales, float[] minimums) {
        FloatVector s0 = FloatVector.fromArray(Lanes.FLOATS, scales, 0);
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, scales, Lanes.COUNT);
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, minimums, 0);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, minimums, Lanes.COUNT);
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector d0 =
                    s0.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, i))
                            .add(m0)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, from + i));
            FloatVector d1 =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, span + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, from + span + i));
            sum0 = sum0.add(FloatVector.fromArray(Lanes.FLOATS, weights, from + i).mul(d0.abs()));
            sum1 =
                    sum1.add(
                            FloatVector.fromArray(Lanes.FLOATS, weights, from + span + i)
                                    .mul(d1.abs()));
        }
        sum0.intoArray(error, 0);
        sum1.intoArray(error, Lanes.COUNT);
    }
}
