package pennyweight.quantizer.encoding;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link AffineSearch} over groups of as many sub-blocks as there are lanes, one a lane, so that
 * every sum keeps the order of the reference. Each step of the search waits for the one before, and
 * what makes codes waits for additions where what sums errors waits for memory: so the groups take
 * turns, and while codes are made of one the error of the one before is summed. Between its steps
 * the state of the search rests in arrays, one number a sub-block.
 */
final class AffineSearchVectors {
    /** Numbers that a lane has in the groups searched together: 4 groups of 32, 8 of 16. */
    static final int DEPTH = 128;

    /** Rounding by {@link Rounding#MAGIC} is exact up to here; the bits of a magnitude. */
    private static final int EXACT_BITS = Float.floatToRawIntBits(4194303f);

    private static final int MAGNITUDE = 0x7fffffff;
    private static final int SIGN = 0x80000000;
    private static final int ONE = Float.floatToRawIntBits(1);

    private final AffineGrid grid;

    /** How far the numbers of a group are from those of the group before. */
    private final int span;

    private final int groups;

    /** Sub-blocks that are searched together. */
    final int count;

    private final int topBits;

    /**
     * A difference times {@code difference & kept | set} is what counts of it: its square, or with
     * one of its sign its magnitude.
     */
    private final int kept;

    private final int set;

    /**
     * The numbers of all groups, from {@link #weights} on their weights, from {@link #codes} on the
     * codes of one group. In one array, so that their distance is known: a processor takes a number
     * that is read for a code just stored where the low bits of their addresses are equal, and
     * waits.
     */
    final float[] numbers;

    final int weights;
    private final int codes;

    /** The largest magnitudes that were rounded, as bits: magnitudes are ordered as these. */
    private final int[] reach;

    private final float[] sumX;
    private final float[] low;
    private final float[] min;
    private final float[] max;
    private final float[] best;
    private final float[] inverse;
    private final float[] sumXL;
    private final float[] sumL2;
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
        groups = DEPTH / grid.size();
        count = groups * Lanes.COUNT;
        topBits = Rounding.MAGIC_BITS + grid.top();
        kept = grid.absolute() ? SIGN : -1;
        set = grid.absolute() ? ONE : 0;
        weights = depth * Lanes.COUNT;
        codes = 2 * weights + span / 2;
        numbers = new float[codes + span];
        reach = new int[count];
        sumX = new float[count];
        low = new float[count];
        min = new float[count];
        max = new float[count];
        best = new float[count];
        inverse = new float[count];
        sumXL = new float[count];
        sumL2 = new float[count];
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
        Arrays.fill(reach, 0);
        for (int g = 0; g < groups; g++) {
            begin(from + g * span, g * Lanes.COUNT);
        }
        for (int g = 0; g < groups; g++) {
            step(from, g, grid.top(), g == 0 ? groups - 1 : g - 1);
            // The first candidate is not fitted.
            System.arraycopy(scale, g * Lanes.COUNT, fittedScale, g * Lanes.COUNT, Lanes.COUNT);
            System.arraycopy(min, g * Lanes.COUNT, fittedMin, g * Lanes.COUNT, Lanes.COUNT);
            if (g > 0) {
                keepFirst(g - 1);
            }
        }
        for (int i = 0; i <= grid.last(); i++) {
            float numerator = grid.numerator(i);
            step(from, 0, numerator, groups - 1);
            if (i == 0) {
                keepFirst(groups - 1);
            }
            for (int g = 1; g < groups; g++) {
                step(from, g, numerator, g - 1);
            }
        }
        // Only for the error of the last group.
        step(from, 0, grid.top(), groups - 1);
        for (int lane = 0; lane < count; lane++) {
            offset[lane] = -min[lane];
        }
        int farthest = 0;
        for (int bits : reach) {
            farthest = Math.max(farthest, bits);
        }
        if (farthest > EXACT_BITS) {
            fitEach(from);
        }
    }

    /** The first candidate's error is the best, but of constants, where none is below -1. */
    private void keepFirst(int group) {
        int at = group * Lanes.COUNT;
        FloatVector.fromArray(Lanes.FLOATS, error, at)
                .blend(
                        -1f,
                        FloatVector.fromArray(Lanes.FLOATS, codeInverse, at)
                                .compare(VectorOperators.EQ, 0f))
                .intoArray(best, at);
    }

    /** In the scalar edition, where numbers are too large to be rounded here. */
    private void fitEach(int from) {
        AffineSearch search = new AffineSearch(grid);
        float[] x = new float[grid.size()];
        float[] w = new float[x.length];
        for (int lane = 0; lane < count; lane++) {
            int at = from + lane / Lanes.COUNT * span + lane % Lanes.COUNT;
            for (int i = 0; i < x.length; i++) {
                x[i] = numbers[at + i * Lanes.COUNT];
                w[i] = numbers[weights + at + i * Lanes.COUNT];
            }
            search.fit(x, 0, w);
            scale[lane] = search.scale();
            offset[lane] = search.offset();
            codeInverse[lane] = search.codeInverse();
            codeMinimum[lane] = search.codeMinimum();
        }
    }

    /** The ends of a group, and its first inverse scale, which needs a range. */
    private void begin(int x, int at) {
        int w = weights + x;
        FloatVector lowest = FloatVector.fromArray(Lanes.FLOATS, numbers, x);
        FloatVector highest = lowest;
        FloatVector totalW = FloatVector.fromArray(Lanes.FLOATS, numbers, w);
        FloatVector totalX = totalW.mul(lowest);
        for (int i = Lanes.COUNT; i < span; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, x + i);
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
        FloatVector m = lowest.blend(0f, lowest.compare(VectorOperators.GT, 0f));
        m.intoArray(min, at);
        highest = Lanes.FLOAT.cast(highest);
        VectorMask<Float> constant = highest.compare(VectorOperators.EQ, m);
        FloatVector first = FloatVector.broadcast(Lanes.FLOATS, grid.top()).div(highest.sub(m));
        FloatVector one = FloatVector.broadcast(Lanes.FLOATS, 1f);
        one.div(first).intoArray(scale, at);
        first.blend(0f, constant).intoArray(codeInverse, at);
        m.blend(0f, constant).intoArray(codeMinimum, at);
        FloatVector zeroOrOne = one.blend(0f, m.compare(VectorOperators.LT, 0f));
        highest.blend(zeroOrOne, constant).intoArray(max, at);
        FloatVector.broadcast(Lanes.FLOATS, -1f).intoArray(best, at);
        Lanes.FLOAT.cast(totalW).intoArray(sumW, at);
        Lanes.FLOAT.cast(totalX).intoArray(sumX, at);
    }

    /**
     * Makes and fits candidate codes of a group, of the inverse scale {@code numerator / (max -
     * min)}; and sums the error of those that were made last, which are kept where it is the least
     * so far.
     *
     * @param last the group of which codes were made last, another one
     */
    private void step(int from, int group, float numerator, int last) {
        int at0 = group * Lanes.COUNT;
        int x0 = from + group * span;
        int w0 = weights + x0;
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, min, at0);
        FloatVector range = FloatVector.fromArray(Lanes.FLOATS, max, at0).sub(m0);
        FloatVector inverted = FloatVector.broadcast(Lanes.FLOATS, numerator).div(range);
        inverted.intoArray(inverse, at0);
        // Each operation of a code keeps the order of numbers: the least or the largest reaches
        // farthest.
        FloatVector first = inverted.mul(FloatVector.fromArray(Lanes.FLOATS, low, at0).sub(m0));
        IntVector.fromArray(Lanes.INTS, reach, at0)
                .max(inverted.mul(range).reinterpretAsInts().and(MAGNITUDE))
                .max(first.reinterpretAsInts().and(MAGNITUDE))
                .intoArray(reach, at0);
        FloatVector l = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = l;
        FloatVector xl = l;
        int at1 = last * Lanes.COUNT;
        int x1 = from + last * span;
        int w1 = weights + x1;
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, fittedScale, at1);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, fittedMin, at1);
        FloatVector sum = l;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector difference =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, numbers, codes + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, numbers, x1 + i));
            FloatVector counted =
                    difference.reinterpretAsInts().and(kept).or(set).reinterpretAsFloats();
            sum =
                    Lanes.FLOAT
                            .cast(sum)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, numbers, w1 + i)
                                            .mul(difference.mul(counted)));
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, numbers, x0 + i);
            // In the range of the magic number floats are ordered as their bits.
            FloatVector code =
                    inverted.mul(v.sub(m0))
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(Rounding.MAGIC_BITS)
                            .min(topBits)
                            .reinterpretAsFloats()
                            .sub(Rounding.MAGIC);
            code.intoArray(numbers, codes + i);
            FloatVector weighted = FloatVector.fromArray(Lanes.FLOATS, numbers, w0 + i).mul(code);
            l = Lanes.FLOAT.cast(l).add(weighted);
            l2 = Lanes.FLOAT.cast(l2).add(weighted.mul(code));
            xl = Lanes.FLOAT.cast(xl).add(weighted.mul(v));
        }
        sum = Lanes.FLOAT.cast(sum);
        sum.intoArray(error, at1);
        FloatVector least = FloatVector.fromArray(Lanes.FLOATS, best, at1);
        VectorMask<Float> better = sum.lt(least);
        least.blend(sum, better).intoArray(best, at1);
        FloatVector.fromArray(Lanes.FLOATS, scale, at1).blend(s1, better).intoArray(scale, at1);
        FloatVector.fromArray(Lanes.FLOATS, codeInverse, at1)
                .blend(FloatVector.fromArray(Lanes.FLOATS, inverse, at1), better)
                .intoArray(codeInverse, at1);
        FloatVector from1 = FloatVector.fromArray(Lanes.FLOATS, min, at1);
        FloatVector.fromArray(Lanes.FLOATS, codeMinimum, at1)
                .blend(from1, better)
                .intoArray(codeMinimum, at1);
        from1.blend(m1, better).intoArray(min, at1);
        l = Lanes.FLOAT.cast(l);
        l2 = Lanes.FLOAT.cast(l2);
        xl = Lanes.FLOAT.cast(xl);
        FloatVector w = FloatVector.fromArray(Lanes.FLOATS, sumW, at0);
        FloatVector wx = FloatVector.fromArray(Lanes.FLOATS, sumX, at0);
        FloatVector determinant = w.mul(l2).sub(l.mul(l));
        FloatVector s0 = w.mul(xl).sub(wx.mul(l)).div(determinant);
        FloatVector f0 = l2.mul(wx).sub(l.mul(xl)).div(determinant);
        // No error is below one that is not a number: without a solution nothing is accepted.
        VectorMask<Float> unsolved = determinant.compare(VectorOperators.GT, 0f).not();
        f0 = f0.blend(Float.NaN, unsolved);
        s0.blend(Float.NaN, unsolved).intoArray(fittedScale, at0);
        f0.intoArray(fittedMin, at0);
        xl.intoArray(sumXL, at0);
        l2.intoArray(sumL2, at0);
        if (f0.compare(VectorOperators.GT, 0f).anyTrue()) {
            fromZero(at0);
        }
    }

    /**
     * Where the fitted minimum is above 0, the best scale of minimum 0. Not a branch within {@link
     * #step}: vectors that two branches give are allocated.
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
}
