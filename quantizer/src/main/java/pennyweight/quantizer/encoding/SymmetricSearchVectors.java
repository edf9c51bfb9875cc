package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link SymmetricSearch} over a run of groups, as many at once as there are lanes, one a lane, so
 * that every sum keeps the order of the reference. Between its steps, which are methods of their
 * own so that each stays small enough to be compiled well, the state of the search rests in arrays,
 * one number a lane.
 */
final class SymmetricSearchVectors {
    private final int size;

    private final CandidateSumsVectors candidates;
    private final float[] x;
    private final float[] w;
    private final float[] wx;

    /** Of group g. */
    final float[] scales;

    /** Of group g; 0 for a group of zeros. */
    final float[] codeInverses;

    /** The sum of the weights of group g. */
    final float[] weightSums;

    /**
     * A search for up to {@code groups} groups at once.
     *
     * @param size numbers of a group
     */
    SymmetricSearchVectors(int size, int top, int groups) {
        this.size = size;
        candidates = new CandidateSumsVectors(size, top);
        x = candidates.x;
        w = candidates.w;
        wx = candidates.wx;
        scales = new float[groups + Lanes.COUNT];
        codeInverses = new float[scales.length];
        weightSums = new float[scales.length];
    }

    /** Searches with the weights x² for groups that lie one after another. */
    void fit(float[] values, int from, int groups) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            InterleavingVectors.groups(values, from, size, g, groups, x, 0);
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
            InterleavingVectors.groups(values, from, size, g, groups, x, 0);
            InterleavingVectors.groups(weights, at, size, g, groups, w, 0);
            search(g);
        }
    }

    /**
     * Searches for groups that lie one after another.
     *
     * @param weights of the errors, as {@link InterleavingVectors#all} lays them out
     * @param at where those of the first group are
     */
    void fitInterleaved(float[] values, int from, float[] weights, int at, int groups) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            InterleavingVectors.groups(values, from, size, g, groups, x, 0);
            System.arraycopy(weights, at + g * size, w, 0, w.length);
            search(g);
        }
    }

    /**
     * Searches for groups that lie one after another, weighted by {@link ErrorWeights}.
     *
     * @param importance as {@link InterleavingVectors#all} lays it out
     * @param at where that of the first group is
     * @param to the index of the first group's result
     */
    void fitErrors(
            float[] values,
            int from,
            float[] importance,
            int at,
            float meanSquare,
            int groups,
            int to) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            InterleavingVectors.groups(values, from, size, g, groups, x, 0);
            ErrorWeightsVectors.of(x, 0, x.length, importance, at + g * size, meanSquare, w, 0);
            search(to + g);
        }
    }

    private void squares() {
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            v.mul(v).intoArray(w, i);
        }
    }

    private void search(int group) {
        begin(group);
        candidates.sum();
        choose(group);
    }

    /** Extremes, products and the sums of the weights. */
    private void begin(int group) {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        FloatVector signed = largest;
        FloatVector sum = largest;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, w, i);
            weight.mul(v).intoArray(wx, i);
            sum = Lanes.FLOAT.cast(sum).add(weight);
            FloatVector magnitude = v.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = Lanes.FLOAT.cast(largest).blend(magnitude, larger);
            signed = Lanes.FLOAT.cast(signed).blend(v, larger);
        }
        Lanes.FLOAT.cast(signed).intoArray(candidates.extreme, 0);
        Lanes.FLOAT.cast(sum).intoArray(weightSums, group);
    }

    /** The middle candidate, or the first that explains more than the best before it. */
    private void choose(int group) {
        int middle = SymmetricSearch.LAST * Lanes.COUNT;
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, candidates.sumXL, middle);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, candidates.sumL2, middle);
        FloatVector scale =
                FloatVector.zero(Lanes.FLOATS)
                        .blend(
                                FloatVector.fromArray(Lanes.FLOATS, candidates.fitted, middle),
                                l2.compare(VectorOperators.NE, 0f));
        FloatVector best = scale.mul(xl);
        FloatVector chosen = FloatVector.fromArray(Lanes.FLOATS, candidates.inverse, middle);
        for (int c = 0; c < CandidateSumsVectors.COUNT * Lanes.COUNT; c += Lanes.COUNT) {
            // The middle one cannot be better than itself: best is its own quotient. It is left
            // out all the same, since rounding might find it so.
            if (c != middle) {
                xl = FloatVector.fromArray(Lanes.FLOATS, candidates.sumXL, c);
                l2 = FloatVector.fromArray(Lanes.FLOATS, candidates.sumL2, c);
                VectorMask<Float> better =
                        l2.compare(VectorOperators.GT, 0f)
                                .and(
                                        xl.mul(xl)
                                                .compare(
                                                        VectorOperators.GT,
                                                        Lanes.FLOAT.cast(best).mul(l2)));
                FloatVector own = FloatVector.fromArray(Lanes.FLOATS, candidates.fitted, c);
                scale = Lanes.FLOAT.cast(scale).blend(own, better);
                best = Lanes.FLOAT.cast(best).blend(own.mul(xl), better);
                chosen =
                        Lanes.FLOAT
                                .cast(chosen)
                                .blend(
                                        FloatVector.fromArray(Lanes.FLOATS, candidates.inverse, c),
                                        better);
            }
        }
        VectorMask<Float> zero =
                FloatVector.fromArray(Lanes.FLOATS, candidates.extreme, 0)
                        .abs()
                        .compare(VectorOperators.LT, SymmetricSearch.ZERO);
        Lanes.FLOAT.cast(scale).blend(0f, zero).intoArray(scales, group);
        Lanes.FLOAT.cast(chosen).blend(0f, zero).intoArray(codeInverses, group);
    }
}
