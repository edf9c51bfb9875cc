package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link ScaleSearch} of as many blocks as there are lanes, one a lane. */
final class ScaleSearchVectors {
    private final int top;

    /** The code of number j of the block in a lane is at {@code j * lanes + lane}. */
    final int[] codes;

    final float[] scale = new float[Lanes.COUNT];

    private final float[] max = new float[Lanes.COUNT];
    private final float[] inverse = new float[Lanes.COUNT];
    private final float[] best = new float[Lanes.COUNT];
    private final float[] sumXL = new float[Lanes.COUNT];
    private final float[] sumL2 = new float[Lanes.COUNT];

    /**
     * A search.
     *
     * @param count numbers of a block
     */
    ScaleSearchVectors(int count, int top) {
        this.top = top;
        codes = new int[count * Lanes.COUNT];
    }

    /** The codes of {@code x[j * lanes + lane]} where the largest has the largest code. */
    void divide(float[] x) {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, j);
            largest = Lanes.FLOAT.cast(largest).blend(v, v.compare(VectorOperators.GT, largest));
        }
        largest = Lanes.FLOAT.cast(largest);
        VectorMask<Float> some = largest.compare(VectorOperators.GT, 0f);
        FloatVector inverted =
                FloatVector.zero(Lanes.FLOATS)
                        .blend(FloatVector.broadcast(Lanes.FLOATS, top).div(largest), some);
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            inverted.mul(FloatVector.fromArray(Lanes.FLOATS, x, j))
                    .add(Rounding.MAGIC)
                    .reinterpretAsInts()
                    .and(Rounding.MANTISSA)
                    .sub(Rounding.MAGIC_MANTISSA)
                    .and(0xff)
                    .intoArray(codes, j);
        }
        largest.div(top).intoArray(scale, 0);
    }

    /** Searches for {@code x[j * lanes + lane]}, weights likewise. */
    void fit(float[] x, float[] weights) {
        first(x, weights);
        for (int i = -ScaleSearch.TRIES; i <= ScaleSearch.TRIES; i++) {
            if (i != 0) {
                attempt(x, weights, 0.1f * i + top);
            }
        }
        sums(x, weights);
        boolean changed = true;
        for (int sweep = 0; sweep < ScaleSearch.SWEEPS && changed; sweep++) {
            changed = sweep(x, weights);
        }
        finish();
    }

    private void first(float[] x, float[] weights) {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, j);
            largest = v.blend(largest, Lanes.FLOAT.cast(largest).compare(VectorOperators.GT, v));
        }
        FloatVector inverted = FloatVector.broadcast(Lanes.FLOATS, top).div(largest);
        FloatVector s = FloatVector.broadcast(Lanes.FLOATS, 1).div(inverted);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector code =
                    (FloatVector)
                            inverted.mul(v)
                                    .add(Rounding.MAGIC)
                                    .reinterpretAsInts()
                                    .and(Rounding.MANTISSA)
                                    .sub(Rounding.MAGIC_MANTISSA)
                                    .and(0xff)
                                    .convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            FloatVector difference = v.sub(s.mul(code));
            sum =
                    Lanes.FLOAT
                            .cast(sum)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, weights, j)
                                            .mul(difference)
                                            .mul(difference));
        }
        Lanes.FLOAT.cast(largest).intoArray(max, 0);
        inverted.intoArray(inverse, 0);
        Lanes.FLOAT.cast(sum).intoArray(best, 0);
    }

    /** Takes the inverse scale {@code numerator / max} where its squared error is the least. */
    private void attempt(float[] x, float[] weights, float numerator) {
        FloatVector tried =
                FloatVector.broadcast(Lanes.FLOATS, numerator)
                        .div(FloatVector.fromArray(Lanes.FLOATS, max, 0));
        FloatVector s = FloatVector.broadcast(Lanes.FLOATS, 1).div(tried);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector code =
                    (FloatVector)
                            tried.mul(v)
                                    .add(Rounding.MAGIC)
                                    .reinterpretAsInts()
                                    .and(Rounding.MANTISSA)
                                    .sub(Rounding.MAGIC_MANTISSA)
                                    .min(top)
                                    .convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            FloatVector difference = v.sub(s.mul(code));
            sum =
                    Lanes.FLOAT
                            .cast(sum)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, weights, j)
                                            .mul(difference)
                                            .mul(difference));
        }
        FloatVector least = FloatVector.fromArray(Lanes.FLOATS, best, 0);
        VectorMask<Float> better = Lanes.FLOAT.cast(sum).lt(least);
        least.blend(sum, better).intoArray(best, 0);
        FloatVector.fromArray(Lanes.FLOATS, inverse, 0).blend(tried, better).intoArray(inverse, 0);
    }

    /** The codes of the inverse scale that was found, and their sums. */
    private void sums(float[] x, float[] weights) {
        FloatVector inverted = FloatVector.fromArray(Lanes.FLOATS, inverse, 0);
        FloatVector xl = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = xl;
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector w = FloatVector.fromArray(Lanes.FLOATS, weights, j);
            IntVector rounded =
                    inverted.mul(v)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .sub(Rounding.MAGIC_MANTISSA)
                            .min(top);
            rounded.and(0xff).intoArray(codes, j);
            FloatVector code =
                    (FloatVector) rounded.convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            xl = Lanes.FLOAT.cast(xl).add(w.mul(v).mul(code));
            l2 = Lanes.FLOAT.cast(l2).add(w.mul(code).mul(code));
        }
        Lanes.FLOAT.cast(xl).intoArray(sumXL, 0);
        Lanes.FLOAT.cast(l2).intoArray(sumL2, 0);
    }

    /**
     * Moves each code in turn to where the others want it; whether any moved. A block that did not
     * change in a sweep does not in the next either, so all lanes may go on until none changes.
     */
    private boolean sweep(float[] x, float[] weights) {
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, 0);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, 0);
        boolean changed = false;
        for (int j = 0; j < codes.length; j += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector w = FloatVector.fromArray(Lanes.FLOATS, weights, j);
            IntVector old = IntVector.fromArray(Lanes.INTS, codes, j);
            FloatVector code = (FloatVector) old.convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            FloatVector wx = w.mul(v);
            FloatVector restXL = Lanes.FLOAT.cast(xl).sub(wx.mul(code));
            FloatVector restL2 = Lanes.FLOAT.cast(l2).sub(w.mul(code).mul(code));
            IntVector moved =
                    v.mul(restL2)
                            .div(restXL)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .sub(Rounding.MAGIC_MANTISSA)
                            .min(top);
            FloatVector movedCode =
                    (FloatVector) moved.convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            FloatVector newXL = restXL.add(wx.mul(movedCode));
            FloatVector newL2 = restL2.add(w.mul(movedCode).mul(movedCode));
            VectorMask<Float> better =
                    newXL.mul(newXL)
                            .mul(l2)
                            .compare(VectorOperators.GT, Lanes.FLOAT.cast(xl).mul(xl).mul(newL2))
                            .and(restXL.compare(VectorOperators.GT, 0f))
                            .and(restL2.compare(VectorOperators.GT, 0f))
                            .and(movedCode.compare(VectorOperators.NE, code));
            if (better.anyTrue()) {
                changed = true;
                old.blend(moved.and(0xff), better.cast(Lanes.INTS)).intoArray(codes, j);
                xl = Lanes.FLOAT.cast(xl).blend(newXL, better);
                l2 = Lanes.FLOAT.cast(l2).blend(newL2, better);
            }
        }
        Lanes.FLOAT.cast(xl).intoArray(sumXL, 0);
        Lanes.FLOAT.cast(l2).intoArray(sumL2, 0);
        return changed;
    }

    private void finish() {
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            if (max[lane] < ScaleSearch.EPS) {
                scale[lane] = 0;
                for (int j = lane; j < codes.length; j += Lanes.COUNT) {
                    codes[j] = 0;
                }
            } else {
                scale[lane] = sumL2[lane] > 0 ? sumXL[lane] / sumL2[lane] : 0;
            }
        }
    }
}
