package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Affine}: lanes along a group. */
final class AffineVectors {
    /** Groups that pass each stage together: while one waits for a step, others go on. */
    private static final int RUN = 32;

    /** From here on floats have no fraction. */
    private static final float WHOLE = 8388608f;

    private static final int WHOLE_BITS = Float.floatToRawIntBits(WHOLE);

    private AffineVectors() {}

    static void encode(Affine encoding, float[] values, int groups, byte[][] planes) {
        int group = encoding.group();
        int top = encoding.top();
        int groupBytes = group / 8 * encoding.bits();
        int[] lows = new int[RUN];
        int[] highs = new int[RUN];
        // Whole runs, so that scales are computed in whole vectors.
        float[] scales = new float[(groups + RUN - 1) / RUN * RUN];
        float[] biases = new float[scales.length];
        byte[] codes = new byte[RUN * group];
        for (int first = 0; first < groups; first += RUN) {
            int end = Math.min(groups, first + RUN);
            for (int g = first; g < end; g++) {
                ends(values, g * group, group, lows, highs, g - first);
            }
            fit(lows, highs, top, scales, biases, first);
            for (int g = first; g < end; g++) {
                codes(
                        values,
                        g * group,
                        group,
                        scales[g],
                        biases[g],
                        top,
                        codes,
                        (g - first) * group);
            }
            BitPacking.pack(
                    codes,
                    (end - first) * group,
                    encoding.bits(),
                    planes[Affine.CODES],
                    first * groupBytes);
        }
        encoding.store(scales, biases, groups, planes);
    }

    /**
     * The least and the largest number of a group as {@link OrderedBits}; which sign a zero has
     * does not matter.
     */
    private static void ends(float[] values, int from, int group, int[] lows, int[] highs, int k) {
        FloatVector min = FloatVector.fromArray(Lanes.FLOATS, values, from);
        FloatVector max = min;
        for (int i = Lanes.COUNT; i < group; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            min = Lanes.FLOAT.cast(min);
            min = min.blend(v, v.lt(min));
            max = Lanes.FLOAT.cast(max);
            max = max.blend(v, v.compare(VectorOperators.GT, max));
        }
        // Ints are reduced faster than floats.
        IntVector low = Lanes.FLOAT.cast(min).reinterpretAsInts();
        IntVector high = Lanes.FLOAT.cast(max).reinterpretAsInts();
        lows[k] =
                low.lanewise(
                                VectorOperators.XOR,
                                low.lanewise(VectorOperators.ASHR, 31).and(OrderedBits.MAGNITUDE))
                        .reduceLanes(VectorOperators.MIN);
        highs[k] =
                high.lanewise(
                                VectorOperators.XOR,
                                high.lanewise(VectorOperators.ASHR, 31).and(OrderedBits.MAGNITUDE))
                        .reduceLanes(VectorOperators.MAX);
    }

    /** {@link Affine#fit} of a run of groups, whose scales and biases begin at {@code at}. */
    private static void fit(
            int[] lows, int[] highs, int top, float[] scales, float[] biases, int at) {
        for (int i = 0; i < RUN; i += Lanes.COUNT) {
            IntVector low = IntVector.fromArray(Lanes.INTS, lows, i);
            IntVector high = IntVector.fromArray(Lanes.INTS, highs, i);
            FloatVector min =
                    low.lanewise(
                                    VectorOperators.XOR,
                                    low.lanewise(VectorOperators.ASHR, 31)
                                            .and(OrderedBits.MAGNITUDE))
                            .reinterpretAsFloats();
            FloatVector max =
                    high.lanewise(
                                    VectorOperators.XOR,
                                    high.lanewise(VectorOperators.ASHR, 31)
                                            .and(OrderedBits.MAGNITUDE))
                            .reinterpretAsFloats();
            VectorMask<Float> negative = min.abs().compare(VectorOperators.GT, max.abs());
            FloatVector magnitude = max.sub(min).div(top).max(Affine.SMALLEST_SCALE);
            FloatVector scale = magnitude.neg().blend(magnitude, negative);
            FloatVector edge = max.blend(min, negative);
            FloatVector code = edge.div(scale);
            // 2^23 with the code's sign: a smaller code loses its fraction to it, half to even.
            FloatVector whole =
                    code.reinterpretAsInts()
                            .and(~OrderedBits.MAGNITUDE)
                            .or(WHOLE_BITS)
                            .reinterpretAsFloats();
            FloatVector zero = code.blend(code.add(whole).sub(whole), code.abs().lt(WHOLE));
            VectorMask<Float> there = zero.compare(VectorOperators.NE, 0f);
            scale.blend(edge.div(zero), there).intoArray(scales, at + i);
            edge.blend(0f, there.not()).intoArray(biases, at + i);
        }
    }

    private static void codes(
            float[] values,
            int from,
            int group,
            float scale,
            float bias,
            int top,
            byte[] codes,
            int at) {
        for (int i = 0; i < group; i += Lanes.COUNT) {
            // In the range of the magic number floats are ordered as their bits, and of its own
            // bits the lowest byte is 0: what is left of a sum there is the code.
            IntVector code =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                            .sub(bias)
                            .div(scale)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .max(Rounding.MAGIC_BITS)
                            .min(Rounding.MAGIC_BITS + top);
            if (Lanes.HAS_BYTES) {
                code.convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, at + i);
            } else {
                codes[at + i] = (byte) code.lane(0);
                codes[at + i + 1] = (byte) code.lane(1);
                codes[at + i + 2] = (byte) code.lane(2);
                codes[at + i + 3] = (byte) code.lane(3);
            }
        }
    }
}
