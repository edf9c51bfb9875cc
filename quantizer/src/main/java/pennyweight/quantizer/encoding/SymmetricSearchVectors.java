package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link SymmetricSearch} over a run of groups, as many at once as there are lanes, one a lane, so
 * that every sum keeps the order of the reference. Between its steps, which are methods of their
 * own so that each stays small enough to be compiled well, the state of the search rests in arrays,
 * one number a lane.
 *
 * <p>Codes are made as floats: adding and subtracting {@link Rounding#MAGIC} rounds, and between
 * the two the bits, which order as the codes do, can be compared as ints. This holds for any code
 * whose magnitude is below 2^22, and here none is above {@code top + 1}: no number of a group is
 * larger than its extreme, and the inverse is finite where the group is not of zeros.
 */
final class SymmetricSearchVectors {
    private static final int CANDIDATES = 2 * SymmetricSearch.LAST + 1;

    /** Candidates that are summed together. */
    private static final int TOGETHER = 4;

    /** One more than there are, never looked at, fills the last of those. */
    private static final int TRIED = CANDIDATES + 1;

    /**
     * From this candidate on the number at the extreme may round to {@code top}: {@code top + 0.1 *
     * step} rounds up from a half on.
     */
    private static final int MAY_PASS_HIGH = SymmetricSearch.LAST - 5;

    /** From within those that start here on it may round to {@code -top - 1} too. */
    private static final int MAY_PASS_LOW = SymmetricSearch.LAST + 3;

    private final int size;
    private final int top;
    private final int lowBits;
    private final int highBits;

    /** Number i of the group in a lane is at {@code i * lanes + lane}. */
    private final float[] x;

    private final float[] w;
    private final float[] wx;

    private final float[] extreme = new float[Lanes.COUNT];
    private final float[] inverse = new float[TRIED * Lanes.COUNT];
    private final float[] sumXL = new float[inverse.length];
    private final float[] sumL2 = new float[inverse.length];

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
        this.top = top;
        lowBits = Float.floatToRawIntBits(Rounding.MAGIC - top);
        highBits = Float.floatToRawIntBits(Rounding.MAGIC + top - 1);
        x = new float[size * Lanes.COUNT];
        w = new float[x.length];
        wx = new float[x.length];
        scales = new float[groups + Lanes.COUNT];
        codeInverses = new float[scales.length];
        weightSums = new float[scales.length];
    }

    /** Searches with the weights x² for groups that lie one after another. */
    void fit(float[] values, int from, int groups) {
        for (int g = 0; g < groups; g += Lanes.COUNT) {
            Interleaving.groups(values, from, size, g, groups, Lanes.COUNT, x);
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
            Interleaving.groups(values, from, size, g, groups, Lanes.COUNT, x);
            Interleaving.groups(weights, at, size, g, groups, Lanes.COUNT, w);
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
        begin(group);
        invert();
        for (int c = 0; c < TRIED; c += TOGETHER) {
            if (c < MAY_PASS_HIGH) {
                sums(c * Lanes.COUNT);
            } else if (c < MAY_PASS_LOW) {
                sumsBelowHigh(c * Lanes.COUNT);
            } else {
                sumsBetween(c * Lanes.COUNT);
            }
        }
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
            sum = sum.add(weight);
            FloatVector magnitude = v.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = largest.blend(magnitude, larger);
            signed = signed.blend(v, larger);
        }
        signed.intoArray(extreme, 0);
        sum.intoArray(weightSums, group);
    }

    private void invert() {
        FloatVector divisor = FloatVector.fromArray(Lanes.FLOATS, extreme, 0);
        for (int c = 0; c < TRIED; c++) {
            FloatVector.broadcast(
                            Lanes.FLOATS, SymmetricSearch.numerator(top, c - SymmetricSearch.LAST))
                    .div(divisor)
                    .intoArray(inverse, c * Lanes.COUNT);
        }
    }

    /** The sums of four candidates whose codes need no bounds. */
    private void sums(int at) {
        FloatVector inverseA = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector inverseB = FloatVector.fromArray(Lanes.FLOATS, inverse, at + Lanes.COUNT);
        FloatVector inverseC = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 2 * Lanes.COUNT);
        FloatVector inverseD = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 3 * Lanes.COUNT);
        FloatVector xlA = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2A = xlA;
        FloatVector xlB = xlA;
        FloatVector l2B = xlA;
        FloatVector xlC = xlA;
        FloatVector l2C = xlA;
        FloatVector xlD = xlA;
        FloatVector l2D = xlA;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, w, i);
            FloatVector product = FloatVector.fromArray(Lanes.FLOATS, wx, i);
            FloatVector codeA = v.mul(inverseA).add(Rounding.MAGIC).sub(Rounding.MAGIC);
            xlA = xlA.add(product.mul(codeA));
            l2A = l2A.add(weight.mul(codeA).mul(codeA));
            FloatVector codeB = v.mul(inverseB).add(Rounding.MAGIC).sub(Rounding.MAGIC);
            xlB = xlB.add(product.mul(codeB));
            l2B = l2B.add(weight.mul(codeB).mul(codeB));
            FloatVector codeC = v.mul(inverseC).add(Rounding.MAGIC).sub(Rounding.MAGIC);
            xlC = xlC.add(product.mul(codeC));
            l2C = l2C.add(weight.mul(codeC).mul(codeC));
            FloatVector codeD = v.mul(inverseD).add(Rounding.MAGIC).sub(Rounding.MAGIC);
            xlD = xlD.add(product.mul(codeD));
            l2D = l2D.add(weight.mul(codeD).mul(codeD));
        }
        xlA.intoArray(sumXL, at);
        l2A.intoArray(sumL2, at);
        xlB.intoArray(sumXL, at + Lanes.COUNT);
        l2B.intoArray(sumL2, at + Lanes.COUNT);
        xlC.intoArray(sumXL, at + 2 * Lanes.COUNT);
        l2C.intoArray(sumL2, at + 2 * Lanes.COUNT);
        xlD.intoArray(sumXL, at + 3 * Lanes.COUNT);
        l2D.intoArray(sumL2, at + 3 * Lanes.COUNT);
    }

    /** As {@link #sums} with codes of at most {@code top - 1}. */
    private void sumsBelowHigh(int at) {
        FloatVector inverseA = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector inverseB = FloatVector.fromArray(Lanes.FLOATS, inverse, at + Lanes.COUNT);
        FloatVector inverseC = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 2 * Lanes.COUNT);
        FloatVector inverseD = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 3 * Lanes.COUNT);
        FloatVector xlA = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2A = xlA;
        FloatVector xlB = xlA;
        FloatVector l2B = xlA;
        FloatVector xlC = xlA;
        FloatVector l2C = xlA;
        FloatVector xlD = xlA;
        FloatVector l2D = xlA;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, w, i);
            FloatVector product = FloatVector.fromArray(Lanes.FLOATS, wx, i);
            FloatVector codeA =
                    v.mul(inverseA)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlA = xlA.add(product.mul(codeA));
            l2A = l2A.add(weight.mul(codeA).mul(codeA));
            FloatVector codeB =
                    v.mul(inverseB)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlB = xlB.add(product.mul(codeB));
            l2B = l2B.add(weight.mul(codeB).mul(codeB));
            FloatVector codeC =
                    v.mul(inverseC)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlC = xlC.add(product.mul(codeC));
            l2C = l2C.add(weight.mul(codeC).mul(codeC));
            FloatVector codeD =
                    v.mul(inverseD)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlD = xlD.add(product.mul(codeD));
            l2D = l2D.add(weight.mul(codeD).mul(codeD));
        }
        xlA.intoArray(sumXL, at);
        l2A.intoArray(sumL2, at);
        xlB.intoArray(sumXL, at + Lanes.COUNT);
        l2B.intoArray(sumL2, at + Lanes.COUNT);
        xlC.intoArray(sumXL, at + 2 * Lanes.COUNT);
        l2C.intoArray(sumL2, at + 2 * Lanes.COUNT);
        xlD.intoArray(sumXL, at + 3 * Lanes.COUNT);
        l2D.intoArray(sumL2, at + 3 * Lanes.COUNT);
    }

    /** As {@link #sums} with codes between {@code -top} and {@code top - 1}. */
    private void sumsBetween(int at) {
        FloatVector inverseA = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector inverseB = FloatVector.fromArray(Lanes.FLOATS, inverse, at + Lanes.COUNT);
        FloatVector inverseC = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 2 * Lanes.COUNT);
        FloatVector inverseD = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 3 * Lanes.COUNT);
        FloatVector xlA = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2A = xlA;
        FloatVector xlB = xlA;
        FloatVector l2B = xlA;
        FloatVector xlC = xlA;
        FloatVector l2C = xlA;
        FloatVector xlD = xlA;
        FloatVector l2D = xlA;
        for (int i = 0; i < x.length; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, x, i);
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, w, i);
            FloatVector product = FloatVector.fromArray(Lanes.FLOATS, wx, i);
            FloatVector codeA =
                    v.mul(inverseA)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlA = xlA.add(product.mul(codeA));
            l2A = l2A.add(weight.mul(codeA).mul(codeA));
            FloatVector codeB =
                    v.mul(inverseB)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlB = xlB.add(product.mul(codeB));
            l2B = l2B.add(weight.mul(codeB).mul(codeB));
            FloatVector codeC =
                    v.mul(inverseC)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlC = xlC.add(product.mul(codeC));
            l2C = l2C.add(weight.mul(codeC).mul(codeC));
            FloatVector codeD =
                    v.mul(inverseD)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlD = xlD.add(product.mul(codeD));
            l2D = l2D.add(weight.mul(codeD).mul(codeD));
        }
        xlA.intoArray(sumXL, at);
        l2A.intoArray(sumL2, at);
        xlB.intoArray(sumXL, at + Lanes.COUNT);
        l2B.intoArray(sumL2, at + Lanes.COUNT);
        xlC.intoArray(sumXL, at + 2 * Lanes.COUNT);
        l2C.intoArray(sumL2, at + 2 * Lanes.COUNT);
        xlD.intoArray(sumXL, at + 3 * Lanes.COUNT);
        l2D.intoArray(sumL2, at + 3 * Lanes.COUNT);
    }

    /** The middle candidate, or the first that explains more than the best before it. */
    private void choose(int group) {
        int middle = SymmetricSearch.LAST * Lanes.COUNT;
        FloatVector xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, middle);
        FloatVector l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, middle);
        FloatVector scale =
                FloatVector.zero(Lanes.FLOATS)
                        .blend(xl.div(l2), l2.compare(VectorOperators.NE, 0f));
        FloatVector best = scale.mul(xl);
        FloatVector chosen = FloatVector.fromArray(Lanes.FLOATS, inverse, middle);
        for (int c = 0; c < CANDIDATES * Lanes.COUNT; c += Lanes.COUNT) {
            // The middle one cannot be better than itself: best is its own quotient. It is left
            // out all the same, since rounding might find it so.
            if (c != middle) {
                xl = FloatVector.fromArray(Lanes.FLOATS, sumXL, c);
                l2 = FloatVector.fromArray(Lanes.FLOATS, sumL2, c);
                VectorMask<Float> better =
                        l2.compare(VectorOperators.GT, 0f)
                                .and(xl.mul(xl).compare(VectorOperators.GT, best.mul(l2)));
                FloatVector fitted = xl.div(l2);
                scale = scale.blend(fitted, better);
                best = best.blend(fitted.mul(xl), better);
                chosen = chosen.blend(FloatVector.fromArray(Lanes.FLOATS, inverse, c), better);
            }
        }
        VectorMask<Float> zero =
                FloatVector.fromArray(Lanes.FLOATS, extreme, 0)
                        .abs()
                        .compare(VectorOperators.LT, SymmetricSearch.ZERO);
        scale.blend(0f, zero).intoArray(scales, group);
        chosen.blend(0f, zero).intoArray(codeInverses, group);
    }
}
