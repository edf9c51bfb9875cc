package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;

/**
 * What the candidates of {@link SymmetricSearch} explain, for as many groups at once as there are
 * lanes, one a lane: several candidates together read each number once.
 *
 * <p>Codes are made as floats: adding and subtracting {@link Rounding#MAGIC} rounds, and between
 * the two the bits, which order as the codes do, can be compared as ints. This holds for any code
 * whose magnitude is below 2^22, and here none is above {@code top + 1}: no number of a group is
 * larger than its extreme, and the inverse is finite where the group is not of zeros.
 */
final class CandidateSumsVectors {
    /** Candidates in the order of their steps. */
    static final int COUNT = 2 * SymmetricSearch.LAST + 1;

    /** Candidates that are summed together. */
    private static final int TOGETHER = 4;

    /** Room for one more than there are, never looked at, fills the last of those. */
    private static final int ROOM = COUNT + 1;

    /** From within those that start here on the extreme may round to {@code -top - 1}. */
    private static final int MAY_PASS_LOW = SymmetricSearch.LAST + 3;

    private final int lowBits;
    private final int highBits;

    /** Number i of the group in a lane is at {@code i * lanes + lane}. */
    final float[] x;

    /** The weights, and the weights times the numbers. */
    final float[] w;

    final float[] wx;

    /** The first number of largest magnitude of the group in each lane. */
    final float[] extreme = new float[Lanes.COUNT];

    /** Of candidate c from {@code c * lanes} on, as all that follow. */
    final float[] inverse = new float[ROOM * Lanes.COUNT];

    final float[] sumXL = new float[inverse.length];
    final float[] sumL2 = new float[inverse.length];

    /** The scale that fits the codes of a candidate best: the quotient of its sums. */
    final float[] fitted = new float[inverse.length];

    /** The same number in each lane. */
    private final float[] numerators = new float[inverse.length];

    CandidateSumsVectors(int size, int top) {
        lowBits = Float.floatToRawIntBits(Rounding.MAGIC - top);
        highBits = Float.floatToRawIntBits(Rounding.MAGIC + top - 1);
        x = new float[size * Lanes.COUNT];
        w = new float[x.length];
        wx = new float[x.length];
        for (int i = 0; i < numerators.length; i++) {
            numerators[i] = SymmetricSearch.numerator(top, i / Lanes.COUNT - SymmetricSearch.LAST);
        }
    }

    /** All sums, of numbers, weights, products and extremes that were laid out. */
    void sum() {
        invert(0);
        for (int c = 0; c < COUNT - TOGETHER; c += TOGETHER) {
            if (c < MAY_PASS_LOW) {
                sumsBelowHigh(c * Lanes.COUNT);
            } else {
                sumsBetween(c * Lanes.COUNT);
            }
        }
        lastSums((COUNT - COUNT % TOGETHER) * Lanes.COUNT);
    }

    /**
     * The inverses of four candidates from {@code at} on: called before the sums of those before
     * them, so that the divisions are done aside.
     */
    private void invert(int at) {
        FloatVector divisor = FloatVector.fromArray(Lanes.FLOATS, extreme, 0);
        for (int i = at; i < at + TOGETHER * Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, numerators, i).div(divisor).intoArray(inverse, i);
        }
    }

    /** The sums of four candidates with codes of at most {@code top - 1}. */
    private void sumsBelowHigh(int at) {
        invert(at + TOGETHER * Lanes.COUNT);
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
            xlA = Lanes.FLOAT.cast(xlA).add(product.mul(codeA));
            l2A = Lanes.FLOAT.cast(l2A).add(weight.mul(codeA).mul(codeA));
            FloatVector codeB =
                    v.mul(inverseB)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlB = Lanes.FLOAT.cast(xlB).add(product.mul(codeB));
            l2B = Lanes.FLOAT.cast(l2B).add(weight.mul(codeB).mul(codeB));
            FloatVector codeC =
                    v.mul(inverseC)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlC = Lanes.FLOAT.cast(xlC).add(product.mul(codeC));
            l2C = Lanes.FLOAT.cast(l2C).add(weight.mul(codeC).mul(codeC));
            FloatVector codeD =
                    v.mul(inverseD)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlD = Lanes.FLOAT.cast(xlD).add(product.mul(codeD));
            l2D = Lanes.FLOAT.cast(l2D).add(weight.mul(codeD).mul(codeD));
        }
        Lanes.FLOAT.cast(xlA).intoArray(sumXL, at);
        Lanes.FLOAT.cast(l2A).intoArray(sumL2, at);
        Lanes.FLOAT.cast(xlA).div(Lanes.FLOAT.cast(l2A)).intoArray(fitted, at);
        Lanes.FLOAT.cast(xlB).intoArray(sumXL, at + Lanes.COUNT);
        Lanes.FLOAT.cast(l2B).intoArray(sumL2, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xlB).div(Lanes.FLOAT.cast(l2B)).intoArray(fitted, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xlC).intoArray(sumXL, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(l2C).intoArray(sumL2, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlC).div(Lanes.FLOAT.cast(l2C)).intoArray(fitted, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlD).intoArray(sumXL, at + 3 * Lanes.COUNT);
        Lanes.FLOAT.cast(l2D).intoArray(sumL2, at + 3 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlD).div(Lanes.FLOAT.cast(l2D)).intoArray(fitted, at + 3 * Lanes.COUNT);
    }

    /** As {@link #sumsBelowHigh} with codes of at least {@code -top} too. */
    private void sumsBetween(int at) {
        invert(at + TOGETHER * Lanes.COUNT);
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
            xlA = Lanes.FLOAT.cast(xlA).add(product.mul(codeA));
            l2A = Lanes.FLOAT.cast(l2A).add(weight.mul(codeA).mul(codeA));
            FloatVector codeB =
                    v.mul(inverseB)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlB = Lanes.FLOAT.cast(xlB).add(product.mul(codeB));
            l2B = Lanes.FLOAT.cast(l2B).add(weight.mul(codeB).mul(codeB));
            FloatVector codeC =
                    v.mul(inverseC)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlC = Lanes.FLOAT.cast(xlC).add(product.mul(codeC));
            l2C = Lanes.FLOAT.cast(l2C).add(weight.mul(codeC).mul(codeC));
            FloatVector codeD =
                    v.mul(inverseD)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlD = Lanes.FLOAT.cast(xlD).add(product.mul(codeD));
            l2D = Lanes.FLOAT.cast(l2D).add(weight.mul(codeD).mul(codeD));
        }
        Lanes.FLOAT.cast(xlA).intoArray(sumXL, at);
        Lanes.FLOAT.cast(l2A).intoArray(sumL2, at);
        Lanes.FLOAT.cast(xlA).div(Lanes.FLOAT.cast(l2A)).intoArray(fitted, at);
        Lanes.FLOAT.cast(xlB).intoArray(sumXL, at + Lanes.COUNT);
        Lanes.FLOAT.cast(l2B).intoArray(sumL2, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xlB).div(Lanes.FLOAT.cast(l2B)).intoArray(fitted, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xlC).intoArray(sumXL, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(l2C).intoArray(sumL2, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlC).div(Lanes.FLOAT.cast(l2C)).intoArray(fitted, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlD).intoArray(sumXL, at + 3 * Lanes.COUNT);
        Lanes.FLOAT.cast(l2D).intoArray(sumL2, at + 3 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlD).div(Lanes.FLOAT.cast(l2D)).intoArray(fitted, at + 3 * Lanes.COUNT);
    }

    /** As {@link #sumsBetween} of the three candidates that are left. */
    private void lastSums(int at) {
        FloatVector inverseA = FloatVector.fromArray(Lanes.FLOATS, inverse, at);
        FloatVector inverseB = FloatVector.fromArray(Lanes.FLOATS, inverse, at + Lanes.COUNT);
        FloatVector inverseC = FloatVector.fromArray(Lanes.FLOATS, inverse, at + 2 * Lanes.COUNT);
        FloatVector xlA = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2A = xlA;
        FloatVector xlB = xlA;
        FloatVector l2B = xlA;
        FloatVector xlC = xlA;
        FloatVector l2C = xlA;
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
            xlA = Lanes.FLOAT.cast(xlA).add(product.mul(codeA));
            l2A = Lanes.FLOAT.cast(l2A).add(weight.mul(codeA).mul(codeA));
            FloatVector codeB =
                    v.mul(inverseB)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlB = Lanes.FLOAT.cast(xlB).add(product.mul(codeB));
            l2B = Lanes.FLOAT.cast(l2B).add(weight.mul(codeB).mul(codeB));
            FloatVector codeC =
                    v.mul(inverseC)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .min(highBits)
                            .max(lowBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            xlC = Lanes.FLOAT.cast(xlC).add(product.mul(codeC));
            l2C = Lanes.FLOAT.cast(l2C).add(weight.mul(codeC).mul(codeC));
        }
        Lanes.FLOAT.cast(xlA).intoArray(sumXL, at);
        Lanes.FLOAT.cast(l2A).intoArray(sumL2, at);
        Lanes.FLOAT.cast(xlA).div(Lanes.FLOAT.cast(l2A)).intoArray(fitted, at);
        Lanes.FLOAT.cast(xlB).intoArray(sumXL, at + Lanes.COUNT);
        Lanes.FLOAT.cast(l2B).intoArray(sumL2, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xlB).div(Lanes.FLOAT.cast(l2B)).intoArray(fitted, at + Lanes.COUNT);
        Lanes.FLOAT.cast(xlC).intoArray(sumXL, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(l2C).intoArray(sumL2, at + 2 * Lanes.COUNT);
        Lanes.FLOAT.cast(xlC).div(Lanes.FLOAT.cast(l2C)).intoArray(fitted, at + 2 * Lanes.COUNT);
    }
}
