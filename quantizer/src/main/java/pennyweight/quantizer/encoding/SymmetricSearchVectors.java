package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link SymmetricSearch} over as many sub-blocks as there are lanes, one a lane, so that every sum
 * keeps the order of the reference. Between its steps, which are methods of their own so that each
 * stays small enough to be compiled well, the state of the search rests in arrays, one number a
 * lane.
 */
final class SymmetricSearchVectors {
    private final int size;
    private final int top;

    /** Number i of the sub-block in a lane is at {@code i * lanes + lane}. */
    private final float[] x;

    private final float[] extreme = new float[Lanes.COUNT];
    private final float[] best = new float[Lanes.COUNT];
    private final float[] inverse = new float[Lanes.COUNT];
    private final float[] sumXL = new float[Lanes.COUNT];
    private final float[] sumL2 = new float[Lanes.COUNT];

    final float[] scale = new float[Lanes.COUNT];
    final float[] codeInverse = new float[Lanes.COUNT];

    SymmetricSearchVectors(int size, int top) {
        this.size = size;
        this.top = top;
        x = new float[size * Lanes.COUNT];
    }

    /** {@link SymmetricSearch#fit} of the sub-blocks that lie one after another from here on. */
    void fit(float[] values, int from) {
        SubBlocks.transpose(values, from, size, Lanes.COUNT, x);
        findExtremes();
        sums(-top);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            codeInverse[lane] = inverse[lane];
            scale[lane] = sumL2[lane] != 0 ? sumXL[lane] / sumL2[lane] : 0;
            best[lane] = scale[lane] * sumXL[lane];
        }
        for (int step = -SymmetricSearch.LAST; step <= SymmetricSearch.LAST; step++) {
            if (step != 0) {
                sums(-(top + SymmetricSearch.STEP * step));
                accept();
            }
        }
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            if (Math.abs(extreme[lane]) < SymmetricSearch.ZERO) {
                scale[lane] = 0;
                codeInverse[lane] = 0;
            }
        }
    }

    private void findExtremes() {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        FloatVector signed = largest;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector magnitude = v.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = largest.blend(magnitude, larger);
            signed = signed.blend(v, larger);
        }
        signed.intoArray(extreme, 0);
    }

    /** The sums over the codes of the inverse scale {@code numerator / extreme}. */
    private void sums(float numerator) {
        FloatVector inverted =
                FloatVector.broadcast(Lanes.FLOATS, numerator)
                        .div(FloatVector.fromArray(Lanes.FLOATS, extreme, 0));
        inverted.intoArray(inverse, 0);
        FloatVector xl = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector code =
                    (FloatVector)
                            inverted.mul(v)
                                    .add(Rounding.MAGIC)
                                    .reinterpretAsInts()
                                    .and(Rounding.MANTISSA)
                                    .sub(Rounding.MAGIC_MANTISSA)
                                    .max(-top)
                                    .min(top - 1)
                                    .convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            FloatVector weight = v.mul(v);
            xl = xl.add(weight.mul(v).mul(code));
            l2 = l2.add(weight.mul(code).mul(code));
        }
        xl.intoArray(sumXL, 0);
        l2.intoArray(sumL2, 0);
    }

    /** Keeps the candidate where it explains more than the best so far. */
    private void accept() {
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, 0);
        FloatVector b = FloatVector.fromArray(Lanes.FLOATS, best, 0);
        FloatVector fitted = xl.div(l2);
        VectorMask<Float> better =
                l2.compare(VectorOperators.GT, 0f)
                        .and(xl.mul(xl).compare(VectorOperators.GT, b.mul(l2)));
        b.blend(fitted.mul(xl), better).intoArray(best, 0);
        FloatVector.fromArray(Lanes.FLOATS, scale, 0).blend(fitted, better).intoArray(scale, 0);
        FloatVector.fromArray(Lanes.FLOATS, codeInverse, 0)
                .blend(FloatVector.fromArray(Lanes.FLOATS, inverse, 0), better)
                .intoArray(codeInverse, 0);
    }
}
