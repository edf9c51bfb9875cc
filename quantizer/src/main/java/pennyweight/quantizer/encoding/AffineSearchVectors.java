package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link AffineSearch} over as many sub-blocks as there are lanes, one a lane, so that every sum
 * keeps the order of the reference. Between its steps, which are methods of their own so that each
 * stays small enough to be compiled well, the state of the search rests in arrays, one number a
 * lane.
 */
final class AffineSearchVectors {
    private final int top;

    /**
     * Number i of the sub-block in a lane is at {@code i * lanes + lane}; weights and codes too.
     */
    private final float[] x;

    private final float[] weights;
    private final float[] candidate;

    private final float[] sumW = new float[Lanes.COUNT];
    private final float[] sumX = new float[Lanes.COUNT];
    private final float[] min = new float[Lanes.COUNT];
    private final float[] max = new float[Lanes.COUNT];
    private final float[] best = new float[Lanes.COUNT];
    private final float[] inverse = new float[Lanes.COUNT];
    private final float[] sumL = new float[Lanes.COUNT];
    private final float[] sumL2 = new float[Lanes.COUNT];
    private final float[] sumXL = new float[Lanes.COUNT];
    private final float[] fittedScale = new float[Lanes.COUNT];
    private final float[] fittedMin = new float[Lanes.COUNT];
    private final float[] error = new float[Lanes.COUNT];

    final float[] scale = new float[Lanes.COUNT];
    final float[] offset = new float[Lanes.COUNT];
    final float[] codeInverse = new float[Lanes.COUNT];
    final float[] codeMinimum = new float[Lanes.COUNT];

    private final int size;

    AffineSearchVectors(int size, int top) {
        this.size = size;
        this.top = top;
        x = new float[size * Lanes.COUNT];
        weights = new float[x.length];
        candidate = new float[x.length];
    }

    /** {@link AffineSearch#fit} of the sub-blocks that lie one after another from here on. */
    void fit(float[] values, int from) {
        SubBlocks.transpose(values, from, size, Lanes.COUNT, x);
        begin();
        code(top);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            scale[lane] = 1 / inverse[lane];
        }
        errors(scale, min);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            boolean constant = max[lane] == min[lane];
            codeInverse[lane] = constant ? 0 : inverse[lane];
            codeMinimum[lane] = constant ? 0 : min[lane];
            // No error is below -1: nothing more is tried on a constant sub-block.
            best[lane] = constant ? -1 : error[lane];
        }
        for (int step = 0; step <= AffineSearch.LAST; step++) {
            code(AffineSearch.FIRST + AffineSearch.STEP * step + top);
            solve();
            errors(fittedScale, fittedMin);
            accept();
        }
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            offset[lane] = -min[lane];
        }
    }

    private void begin() {
        FloatVector squares = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            squares = squares.add(v.mul(v));
        }
        FloatVector rms = squares.div(size).lanewise(VectorOperators.SQRT);
        FloatVector low = FloatVector.fromArray(Lanes.FLOATS, x, 0);
        FloatVector high = low;
        FloatVector w = rms.add(low.abs());
        FloatVector totalW = w;
        FloatVector totalX = w.mul(low);
        w.intoArray(weights, 0);
        for (int i = Lanes.COUNT; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            w = rms.add(v.abs());
            w.intoArray(weights, i);
            low = low.blend(v, v.lt(low));
            high = high.blend(v, v.compare(VectorOperators.GT, high));
            totalW = totalW.add(w);
            totalX = totalX.add(w.mul(v));
        }
        low.blend(0f, low.compare(VectorOperators.GT, 0f)).intoArray(min, 0);
        high.intoArray(max, 0);
        totalW.intoArray(sumW, 0);
        totalX.intoArray(sumX, 0);
    }

    /** Candidate codes of the inverse scale {@code numerator / (max - min)}, and their sums. */
    private void code(float numerator) {
        FloatVector low = FloatVector.fromArray(Lanes.FLOATS, min, 0);
        FloatVector inverted =
                FloatVector.broadcast(Lanes.FLOATS, numerator)
                        .div(FloatVector.fromArray(Lanes.FLOATS, max, 0).sub(low));
        inverted.intoArray(inverse, 0);
        FloatVector l = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector xl = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector code =
                    (FloatVector)
                            inverted.mul(v.sub(low))
                                    .add(Rounding.MAGIC)
                                    .reinterpretAsInts()
                                    .and(Rounding.MANTISSA)
                                    .sub(Rounding.MAGIC_MANTISSA)
                                    .max(0)
                                    .min(top)
                                    .convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            code.intoArray(candidate, i);
            FloatVector weighted = FloatVector.fromArray(Lanes.FLOATS, weights, i).mul(code);
            l = l.add(weighted);
            l2 = l2.add(weighted.mul(code));
            xl = xl.add(weighted.mul(v));
        }
        l.intoArray(sumL, 0);
        l2.intoArray(sumL2, 0);
        xl.intoArray(sumXL, 0);
    }

    /** The least-squares scale and minimum of the candidate codes. */
    private void solve() {
        FloatVector w = FloatVector.fromArray(Lanes.FLOATS, sumW, 0);
        FloatVector wx = FloatVector.fromArray(Lanes.FLOATS, sumX, 0);
        FloatVector l = FloatVector.fromArray(Lanes.FLOATS, sumL, 0);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, 0);
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0);
        FloatVector determinant = w.mul(l2).sub(l.mul(l));
        FloatVector s = w.mul(xl).sub(wx.mul(l)).div(determinant);
        FloatVector m = l2.mul(wx).sub(l.mul(xl)).div(determinant);
        VectorMask<Float> above = m.compare(VectorOperators.GT, 0f);
        // No error is below one that is not a number: without a solution nothing is accepted.
        s.blend(xl.div(l2), above)
                .blend(Float.NaN, determinant.compare(VectorOperators.GT, 0f).not())
                .intoArray(fittedScale, 0);
        m.blend(0f, above).intoArray(fittedMin, 0);
    }

    /** Keeps the candidate where its error is the least so far. */
    private void accept() {
        FloatVector e = FloatVector.fromArray(Lanes.FLOATS, error, 0);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, best, 0);
        FloatVector low = FloatVector.fromArray(Lanes.FLOATS, min, 0);
        VectorMask<Float> better = e.lt(b);
        b.blend(e, better).intoArray(best, 0);
        FloatVector.fromArray(Lanes.FLOATS, scale, 0)
                .blend(FloatVector.fromArray(Lanes.FLOATS, fittedScale, 0), better)
                .intoArray(scale, 0);
        FloatVector.fromArray(Lanes.FLOATS, codeInverse, 0)
                .blend(FloatVector.fromArray(Lanes.FLOATS, inverse, 0), better)
                .intoArray(codeInverse, 0);
        FloatVector.fromArray(Lanes.FLOATS, codeMinimum, 0)
                .blend(low, better)
                .intoArray(codeMinimum, 0);
        low.blend(FloatVector.fromArray(Lanes.FLOATS, fittedMin, 0), better).intoArray(min, 0);
    }

    /** The weighted squared errors of the candidate codes under this scale and minimum. */
    private void errors(float[] scales, float[] minimums) {
        FloatVector s = FloatVector.fromArray(Lanes.FLOATS, scales, 0);
        FloatVector m = FloatVector.fromArray(Lanes.FLOATS, minimums, 0);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector difference =
                    s.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, i))
                            .add(m)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, i));
            sum =
                    sum.add(
                            FloatVector.fromArray(Lanes.FLOATS, weights, i)
                                    .mul(difference.mul(difference)));
        }
        sum.intoArray(error, 0);
    }
}
