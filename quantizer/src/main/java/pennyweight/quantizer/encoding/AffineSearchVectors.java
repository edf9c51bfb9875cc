package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link AffineSearch} over groups of as many sub-blocks as there are lanes, one a lane, so that
 * every sum keeps the order of the reference. Each step of the search waits for the one before, and
 * what makes codes waits for additions where what sums errors waits for memory: so the groups take
 * turns, and while codes are made of one the error of an earlier one is summed. Between its steps
 * the state of the search rests in arrays, one number a sub-block.
 */
final class AffineSearchVectors {
    /** Numbers that a lane has in the groups searched together: 4 groups of 32, 8 of 16. */
    static final int DEPTH = 128;

    /**
     * How many turns after its codes a group's error is summed. In the next turn the sums that it
     * waits for would not be there yet.
     */
    private static final int BEHIND = 2;

    /** Rounding by {@link Rounding#MAGIC} is exact up to here; the bits of a magnitude. */
    private static final int EXACT_BITS = Float.floatToRawIntBits(4194303f);

    private static final int MAGNITUDE = 0x7fffffff;

    /**
     * Where the vectors of a group's state are in it. They lie together, so that one array is
     * looked up and one bound checked for all.
     */
    private static final int SUM_W = 0;

    private static final int SUM_X = Lanes.COUNT;
    private static final int LOW = 2 * Lanes.COUNT;
    private static final int MAX = 3 * Lanes.COUNT;

    /** The largest magnitude that was rounded; magnitudes are ordered as their bits. */
    private static final int REACH = 4 * Lanes.COUNT;

    /** Of the best candidate so far; the minimum also where codes are counted from. */
    private static final int BEST = 5 * Lanes.COUNT;

    private static final int SCALE = 6 * Lanes.COUNT;
    private static final int MIN = 7 * Lanes.COUNT;
    private static final int CODE_INVERSE = 8 * Lanes.COUNT;
    private static final int CODE_MINIMUM = 9 * Lanes.COUNT;

    /** Of the last candidate. */
    private static final int INVERSE = 10 * Lanes.COUNT;

    private static final int SUM_XL = 11 * Lanes.COUNT;
    private static final int SUM_L2 = 12 * Lanes.COUNT;
    private static final int FITTED_SCALE = 13 * Lanes.COUNT;
    private static final int FITTED_MIN = 14 * Lanes.COUNT;
    private static final int ERROR = 15 * Lanes.COUNT;

    /** How far the state of a group is from that of the group before. */
    private static final int STATE = 16 * Lanes.COUNT;

    private final AffineGrid grid;

    /** How far the numbers of a group are from those of the group before. */
    private final int span;

    private final int groups;

    /** Sub-blocks that are searched together. */
    final int count;

    private final int topBits;

    /**
     * Whether an error is a magnitude, not a square. The same in all turns of a loop: the compiler
     * makes one for either.
     */
    private final boolean absolute;

    /**
     * The numbers of all groups, from {@link #weights} on their weights, from {@link #codes} on the
     * codes of the groups whose error is not summed yet. In one array, so that their distance is
     * known: a processor takes a number that is read for a code just stored where the low bits of
     * their addresses are equal, and waits.
     */
    final float[] numbers;

    final int weights;
    private final int codes;

    private final float[] state;

    /**
     * What was found for each sub-block, as {@link AffineSearch} has it: for the one in a lane of a
     * group at {@code group * lanes + lane}.
     */
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
        absolute = grid.absolute();
        weights = depth * Lanes.COUNT;
        codes = 2 * weights + span / 2;
        numbers = new float[codes + BEHIND * span];
        state = new float[groups * STATE];
        int found = depth / grid.size() * Lanes.COUNT;
        sumW = new float[found];
        scale = new float[found];
        offset = new float[found];
        codeInverse = new float[found];
        codeMinimum = new float[found];
    }

    /**
     * Searches for the sub-blocks whose number i is {@code numbers[from + i * lanes + lane]}, and
     * for {@link #count} of them, the numbers of each group after all of the one before.
     */
    void fit(int from) {
        for (int g = 0; g < groups; g++) {
            begin(from + g * span, g * STATE);
        }
        int turn = 0;
        for (int i = -1; i <= grid.last(); i++) {
            float numerator = i < 0 ? grid.top() : grid.numerator(i);
            for (int g = 0; g < groups; g++) {
                int behind = (g + groups - BEHIND) % groups;
                step(from, g, numerator, behind, codes + turn % BEHIND * span);
                if (i < 0) {
                    // The first candidate is not fitted.
                    int at = g * STATE;
                    System.arraycopy(state, at + SCALE, state, at + FITTED_SCALE, Lanes.COUNT);
                    System.arraycopy(state, at + MIN, state, at + FITTED_MIN, Lanes.COUNT);
                }
                if (turn >= BEHIND && turn < groups + BEHIND) {
                    keepFirst(behind);
                }
                turn++;
            }
        }
        // Only for the errors of the last groups.
        for (int g = 0; g < BEHIND; g++) {
            int behind = groups - BEHIND + g;
            step(from, g, grid.top(), behind, codes + turn % BEHIND * span);
            turn++;
        }
        int to = from / grid.size();
        int farthest = 0;
        for (int g = 0; g < groups; g++) {
            farthest = Math.max(farthest, found(g * STATE, to + g * Lanes.COUNT));
        }
        if (farthest > EXACT_BITS) {
            fitEach(from, to);
        }
    }

    /**
     * Takes the result of a group out of its state.
     *
     * @return the bits of the largest magnitude that was rounded
     */
    private int found(int from, int to) {
        System.arraycopy(state, from + SUM_W, sumW, to, Lanes.COUNT);
        System.arraycopy(state, from + SCALE, scale, to, Lanes.COUNT);
        System.arraycopy(state, from + CODE_INVERSE, codeInverse, to, Lanes.COUNT);
        System.arraycopy(state, from + CODE_MINIMUM, codeMinimum, to, Lanes.COUNT);
        int farthest = 0;
        for (int i = 0; i < Lanes.COUNT; i++) {
            offset[to + i] = -state[from + MIN + i];
            farthest = Math.max(farthest, Float.floatToRawIntBits(state[from + REACH + i]));
        }
        return farthest;
    }

    /** The first candidate's error is the best, but of constants, where none is below -1. */
    private void keepFirst(int group) {
        int at = group * STATE;
        FloatVector.fromArray(Lanes.FLOATS, state, at + ERROR)
                .blend(
                        -1f,
                        FloatVector.fromArray(Lanes.FLOATS, state, at + CODE_INVERSE)
                                .compare(VectorOperators.EQ, 0f))
                .intoArray(state, at + BEST);
    }

    /** In the scalar edition, where numbers are too large to be rounded here. */
    private void fitEach(int from, int to) {
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
            scale[to + lane] = search.scale();
            offset[to + lane] = search.offset();
            codeInverse[to + lane] = search.codeInverse();
            codeMinimum[to + lane] = search.codeMinimum();
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
        lowest.intoArray(state, at + LOW);
        FloatVector m = lowest.blend(0f, lowest.compare(VectorOperators.GT, 0f));
        m.intoArray(state, at + MIN);
        highest = Lanes.FLOAT.cast(highest);
        VectorMask<Float> constant = highest.compare(VectorOperators.EQ, m);
        FloatVector first = FloatVector.broadcast(Lanes.FLOATS, grid.top()).div(highest.sub(m));
        FloatVector one = FloatVector.broadcast(Lanes.FLOATS, 1f);
        one.div(first).intoArray(state, at + SCALE);
        first.blend(0f, constant).intoArray(state, at + CODE_INVERSE);
        m.blend(0f, constant).intoArray(state, at + CODE_MINIMUM);
        FloatVector zeroOrOne = one.blend(0f, m.compare(VectorOperators.LT, 0f));
        highest.blend(zeroOrOne, constant).intoArray(state, at + MAX);
        FloatVector.broadcast(Lanes.FLOATS, -1f).intoArray(state, at + BEST);
        FloatVector.zero(Lanes.FLOATS).intoArray(state, at + REACH);
        Lanes.FLOAT.cast(totalW).intoArray(state, at + SUM_W);
        Lanes.FLOAT.cast(totalX).intoArray(state, at + SUM_X);
    }

    /**
     * Makes and fits candidate codes of a group, of the inverse scale {@code numerator / (max -
     * min)}; and sums the error of those that were made last of another group, which are kept where
     * it is the least so far.
     *
     * @param at where the codes of the other group are, and those of this one will be
     */
    private void step(int from, int group, float numerator, int behind, int at) {
        int at0 = group * STATE;
        int x0 = from + group * span;
        int w0 = weights + x0;
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, state, at0 + MIN);
        FloatVector range = FloatVector.fromArray(Lanes.FLOATS, state, at0 + MAX).sub(m0);
        FloatVector inverted = FloatVector.broadcast(Lanes.FLOATS, numerator).div(range);
        inverted.intoArray(state, at0 + INVERSE);
        // Each operation of a code keeps the order of numbers: the least or the largest reaches
        // farthest.
        FloatVector first =
                inverted.mul(FloatVector.fromArray(Lanes.FLOATS, state, at0 + LOW).sub(m0));
        FloatVector.fromArray(Lanes.FLOATS, state, at0 + REACH)
                .reinterpretAsInts()
                .max(inverted.mul(range).reinterpretAsInts().and(MAGNITUDE))
                .max(first.reinterpretAsInts().and(MAGNITUDE))
                .reinterpretAsFloats()
                .intoArray(state, at0 + REACH);
        FloatVector l = FloatVector.zero(Lanes.FLOATS);
        FloatVector l2 = l;
        FloatVector xl = l;
        int at1 = behind * STATE;
        int x1 = from + behind * span;
        int w1 = weights + x1;
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, state, at1 + FITTED_SCALE);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, state, at1 + FITTED_MIN);
        FloatVector sum = l;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector difference =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, numbers, at + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, numbers, x1 + i));
            FloatVector counted = absolute ? difference.abs() : difference.mul(difference);
            sum =
                    Lanes.FLOAT
                            .cast(sum)
                            .add(FloatVector.fromArray(Lanes.FLOATS, numbers, w1 + i).mul(counted));
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
            code.intoArray(numbers, at + i);
            FloatVector weighted = FloatVector.fromArray(Lanes.FLOATS, numbers, w0 + i).mul(code);
            l = Lanes.FLOAT.cast(l).add(weighted);
            l2 = Lanes.FLOAT.cast(l2).add(weighted.mul(code));
            xl = Lanes.FLOAT.cast(xl).add(weighted.mul(v));
        }
        sum = Lanes.FLOAT.cast(sum);
        sum.intoArray(state, at1 + ERROR);
        FloatVector least = FloatVector.fromArray(Lanes.FLOATS, state, at1 + BEST);
        VectorMask<Float> better = sum.lt(least);
        least.blend(sum, better).intoArray(state, at1 + BEST);
        // Read again: a vector from before the loop that is used after it would be allocated.
        FloatVector accepted = FloatVector.fromArray(Lanes.FLOATS, state, at1 + FITTED_SCALE);
        FloatVector.fromArray(Lanes.FLOATS, state, at1 + SCALE)
                .blend(accepted, better)
                .intoArray(state, at1 + SCALE);
        FloatVector.fromArray(Lanes.FLOATS, state, at1 + CODE_INVERSE)
                .blend(FloatVector.fromArray(Lanes.FLOATS, state, at1 + INVERSE), better)
                .intoArray(state, at1 + CODE_INVERSE);
        FloatVector from1 = FloatVector.fromArray(Lanes.FLOATS, state, at1 + MIN);
        FloatVector.fromArray(Lanes.FLOATS, state, at1 + CODE_MINIMUM)
                .blend(from1, better)
                .intoArray(state, at1 + CODE_MINIMUM);
        from1.blend(m1, better).intoArray(state, at1 + MIN);
        l = Lanes.FLOAT.cast(l);
        l2 = Lanes.FLOAT.cast(l2);
        xl = Lanes.FLOAT.cast(xl);
        FloatVector w = FloatVector.fromArray(Lanes.FLOATS, state, at0 + SUM_W);
        FloatVector wx = FloatVector.fromArray(Lanes.FLOATS, state, at0 + SUM_X);
        FloatVector determinant = w.mul(l2).sub(l.mul(l));
        FloatVector s0 = w.mul(xl).sub(wx.mul(l)).div(determinant);
        FloatVector f0 = l2.mul(wx).sub(l.mul(xl)).div(determinant);
        // No error is below one that is not a number: without a solution nothing is accepted.
        VectorMask<Float> unsolved = determinant.compare(VectorOperators.GT, 0f).not();
        f0 = f0.blend(Float.NaN, unsolved);
        s0.blend(Float.NaN, unsolved).intoArray(state, at0 + FITTED_SCALE);
        f0.intoArray(state, at0 + FITTED_MIN);
        xl.intoArray(state, at0 + SUM_XL);
        l2.intoArray(state, at0 + SUM_L2);
        if (f0.compare(VectorOperators.GT, 0f).anyTrue()) {
            fromZero(at0);
        }
    }

    /**
     * Where the fitted minimum is above 0, the best scale of minimum 0. Not a branch within {@link
     * #step}: vectors that two branches give are allocated.
     */
    private void fromZero(int at) {
        FloatVector m = FloatVector.fromArray(Lanes.FLOATS, state, at + FITTED_MIN);
        VectorMask<Float> above = m.compare(VectorOperators.GT, 0f);
        FloatVector s =
                FloatVector.fromArray(Lanes.FLOATS, state, at + SUM_XL)
                        .div(FloatVector.fromArray(Lanes.FLOATS, state, at + SUM_L2));
        FloatVector.fromArray(Lanes.FLOATS, state, at + FITTED_SCALE)
                .blend(s, above)
                .intoArray(state, at + FITTED_SCALE);
        m.blend(0f, above).intoArray(state, at + FITTED_MIN);
    }
}
