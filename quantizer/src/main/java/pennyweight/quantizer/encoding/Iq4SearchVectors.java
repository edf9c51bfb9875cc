package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Iq4Search} over a run of groups, one a lane, so that every sum keeps the order of the
 * reference.
 *
 * <p>The 15 candidates about the smallest value differ by at most 7 parts in 127. Where a number
 * lies between two values under the middle candidate, it moves too little under any other to come
 * nearer to a third: from there to the next middle between values is always more than 8 parts in
 * 127. So those two are looked up once, and each candidate only compares.
 */
final class Iq4SearchVectors {
    private static final int SIZE = Iq4Search.SIZE;

    /** Candidates that are summed together; they divide into this many at a time. */
    private static final int TOGETHER = 3;

    private static final int CANDIDATES = 2 * Iq4Search.LAST + 1;

    /** The sums of the first candidate lie behind the others. */
    private static final int FIRST = CANDIDATES * Lanes.COUNT;

    /** Number i of the group in a lane is at {@code i * lanes + lane}. */
    private final float[] x = new float[SIZE * Lanes.COUNT];

    private final float[] w = new float[x.length];

    /** The values next to each number, and the middle between them. */
    private final float[] lower = new float[x.length];

    private final float[] upper = new float[x.length];
    private final float[] middle = new float[x.length];

    private final float[] extreme = new float[Lanes.COUNT];
    private final float[] sumXQ = new float[FIRST + Lanes.COUNT];
    private final float[] sumQ2 = new float[sumXQ.length];
    private final float[] inverse = new float[sumXQ.length];

    /** Of group g; 0 for a group of zeros. */
    final float[] scales;

    /** A search for up to {@code groups} groups at once. */
    Iq4SearchVectors(int groups) {
        scales = new float[groups + Lanes.COUNT];
    }

    /** Searches with the weights x² for groups that lie one after another. */
    void fit(float[] values, int from, int groups) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            InterleavingVectors.groups(values, from, SIZE, g, groups, x, 0);
            squares();
            search(g);
        }
    }

    /**
     * Searches for groups that lie one after another, their weights too.
     *
     * @param at the index of the first weight
     */
    void fit(float[] values, int from, float[] weights, int at, int groups) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            InterleavingVectors.groups(values, from, SIZE, g, groups, x, 0);
            InterleavingVectors.groups(weights, at, SIZE, g, groups, w, 0);
            search(g);
        }
    }

    private void squares() {
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            v.mul(v).intoArray(w, i);
        }
    }

    private void search(int group) {
        findExtremes();
        for (int c = 0; c < CANDIDATES; c++) {
            FloatVector.broadcast(Lanes.FLOATS, Iq4Search.numerator(c - Iq4Search.LAST))
                    .div(FloatVector.fromArray(Lanes.FLOATS, extreme, 0))
                    .intoArray(inverse, c * Lanes.COUNT);
        }
        sumFirst();
        bracket();
        for (int c = 0; c < CANDIDATES; c += TOGETHER) {
            sums(c * Lanes.COUNT);
        }
        choose(group);
    }

    private void findExtremes() {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        FloatVector signed = largest;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector magnitude = v.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = Lanes.FLOAT.cast(largest).blend(magnitude, larger);
            signed = Lanes.FLOAT.cast(signed).blend(v, larger);
        }
        Lanes.FLOAT.cast(signed).intoArray(extreme, 0);
    }

    /** The sums of the first candidate, whose values are looked up in full. */
    private void sumFirst() {
        FloatVector divisor =
                FloatVector.fromArray(Lanes.FLOATS, extreme, 0)
                        .neg()
                        .div(FloatVector.broadcast(Lanes.FLOATS, Iq4Values.value(0)));
        FloatVector inverted = FloatVector.broadcast(Lanes.FLOATS, 1f).div(divisor);
        FloatVector xq = FloatVector.zero(Lanes.FLOATS);
        FloatVector q2 = xq;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector scaled = inverted.mul(v);
            FloatVector q =
                    FloatVector.broadcast(Lanes.FLOATS, Iq4Values.value(Iq4Values.COUNT - 1));
            for (int k = Iq4Values.COUNT - 1; k > 0; k--) {
                q =
                        Lanes.FLOAT
                                .cast(q)
                                .blend(Iq4Values.value(k - 1), scaled.lt(Iq4Values.middle(k)));
            }
            FloatVector wq = FloatVector.fromArray(Lanes.FLOATS, w, i).mul(Lanes.FLOAT.cast(q));
            xq = Lanes.FLOAT.cast(xq).add(wq.mul(v));
            q2 = Lanes.FLOAT.cast(q2).add(wq.mul(q));
        }
        Lanes.FLOAT.cast(xq).intoArray(sumXQ, FIRST);
        Lanes.FLOAT.cast(q2).intoArray(sumQ2, FIRST);
    }

    /** The two values between which each number lies under the middle candidate. */
    private void bracket() {
        FloatVector inverted =
                FloatVector.fromArray(Lanes.FLOATS, inverse, Iq4Search.LAST * Lanes.COUNT);
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector scaled = FloatVector.fromArray(Lanes.FLOATS, x, i).mul(inverted);
            FloatVector low =
                    FloatVector.broadcast(Lanes.FLOATS, Iq4Values.value(Iq4Values.COUNT - 1));
            FloatVector high = low;
            for (int k = Iq4Values.COUNT - 1; k > 0; k--) {
                VectorMask<Float> below = scaled.lt(Iq4Values.value(k));
                low = Lanes.FLOAT.cast(low).blend(Iq4Values.value(k - 1), below);
                high = Lanes.FLOAT.cast(high).blend(Iq4Values.value(k), below);
            }
            high = Lanes.FLOAT.cast(high).blend(Iq4Values.value(0), scaled.lt(Iq4Values.value(0)));
            low = Lanes.FLOAT.cast(low);
            low.intoArray(lower, i);
            high.intoArray(upper, i);
            low.add(high).mul(0.5f).intoArray(middle, i);
        }
    }

    /** The sums of three candidates. */
    private void sums(int at) {
        FloatVector inverseA = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector inverseB = FloatVector.fromArray(Lanes.FLOATS, inverse, at + Lanes.COUNT);
        FloatVector inverseC = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 2 * Lanes.COUNT);
        FloatVector xqA = FloatVector.zero(Lanes.FLOATS);
        FloatVector q2A = xqA;
        FloatVector xqB = xqA;
        FloatVector q2B = xqA;
        FloatVector xqC = xqA;
        FloatVector q2C = xqA;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, w, i);
            FloatVector low = FloatVector.fromArray(Lanes.FLOATS, lower, i);
            FloatVector high = FloatVector.fromArray(Lanes.FLOATS, upper, i);
            FloatVector limit = FloatVector.fromArray(Lanes.FLOATS, middle, i);
            FloatVector qA = high.blend(low, inverseA.mul(v).lt(limit));
            FloatVector wqA = weight.mul(qA);
            xqA = Lanes.FLOAT.cast(xqA).add(wqA.mul(v));
            q2A = Lanes.FLOAT.cast(q2A).add(wqA.mul(qA));
            FloatVector qB = high.blend(low, inverseB.mul(v).lt(limit));
            FloatVector wqB = weight.mul(qB);
            xqB = Lanes.FLOAT.cast(xqB).add(wqB.mul(v));
            q2B = Lanes.FLOAT.cast(q2B).add(wqB.mul(qB));
            FloatVector qC = high.blend(low, inverseC.mul(v).lt(limit));
            FloatVector wqC = weight.mul(qC);
            xqC = Lanes.FLOAT.cast(xqC).add(wqC.mul(v));
            q2C = Lanes.FLOAT.cast(q2C).add(wqC.mul(qC));
        }
        Lanes.FLOAT.cast(xqA).intoArray(sumXQ, at);
        Lanes.FLOAT.cast(q2A).intoArray(sumQ2, at);
        Lanes.FLOAT.cast(xqB).intoArray(sumXQ, at + Lanes.COUNT);
        Lanes.FLOAT.cast(q2B).intoArray(sumQ2, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xqC).intoArray(sumXQ, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(q2C).intoArray(sumQ2, at + 2 * Lanes.COUNT);
    }

    /** The first candidate, or the first of the others that explains more than all before it. */
    private void choose(int group) {
        FloatVector xq = FloatVector.fromArray(Lanes.FLOATS, sumXQ, FIRST);
        FloatVector q2 = FloatVector.fromArray(Lanes.FLOATS, sumQ2, FIRST);
        FloatVector scale =
                FloatVector.zero(Lanes.FLOATS)
                        .blend(xq.div(q2), q2.compare(VectorOperators.GT, 0f));
        FloatVector best = scale.mul(xq);
        for (int c = 0; c < FIRST; c += Lanes.COUNT) {
            xq = FloatVector.fromArray(Lanes.FLOATS, sumXQ, c);
            q2 = FloatVector.fromArray(Lanes.FLOATS, sumQ2, c);
            VectorMask<Float> better =
                    q2.compare(VectorOperators.GT, 0f)
                            .and(
                                    xq.mul(xq)
                                            .compare(
                                                    VectorOperators.GT,
                                                    Lanes.FLOAT.cast(best).mul(q2)));
            FloatVector fitted = xq.div(q2);
            scale = Lanes.FLOAT.cast(scale).blend(fitted, better);
            best = Lanes.FLOAT.cast(best).blend(fitted.mul(xq), better);
        }
        VectorMask<Float> zero =
                FloatVector.fromArray(Lanes.FLOATS, extreme, 0).abs().lt(SymmetricSearch.ZERO);
        Lanes.FLOAT.cast(scale).blend(0f, zero).intoArray(scales, group);
    }
}
