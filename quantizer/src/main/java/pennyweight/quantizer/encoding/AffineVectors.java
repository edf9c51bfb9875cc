package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Affine}: lanes along a group. */
final class AffineVectors {
    /** Groups that pass each stage together, so that none waits for the divisions of its own. */
    private static final int RUN = 32;

    private AffineVectors() {}

    static void encode(Affine encoding, float[] values, int groups, byte[][] planes) {
        int group = encoding.group();
        int top = encoding.top();
        int groupBytes = group / 8 * encoding.bits();
        float[] mins = new float[RUN];
        float[] maxs = new float[RUN];
        float[] scales = new float[groups];
        float[] biases = new float[groups];
        byte[] codes = new byte[RUN * group];
        for (int first = 0; first < groups; first += RUN) {
            int end = Math.min(groups, first + RUN);
            for (int g = first; g < end; g++) {
                ends(values, g * group, group, mins, maxs, g - first);
            }
            for (int g = first; g < end; g++) {
                encoding.fit(mins[g - first], maxs[g - first], scales, biases, g);
            }
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
        encoding.store(scales, biases, planes);
    }

    /** The least and the largest number of a group; which sign a zero has does not matter. */
    private static void ends(
            float[] values, int from, int group, float[] mins, float[] maxs, int k) {
        FloatVector min = FloatVector.fromArray(Lanes.FLOATS, values, from);
        FloatVector max = min;
        for (int i = Lanes.COUNT; i < group; i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            min = Lanes.FLOAT.cast(min);
            min = min.blend(v, v.lt(min));
            max = Lanes.FLOAT.cast(max);
            max = max.blend(v, v.compare(VectorOperators.GT, max));
        }
        // Bits that are ordered as the floats are: ints are reduced faster.
        IntVector low = Lanes.FLOAT.cast(min).reinterpretAsInts();
        IntVector high = Lanes.FLOAT.cast(max).reinterpretAsInts();
        mins[k] =
                OrderedBits.toFloat(
                        low.lanewise(
                                        VectorOperators.XOR,
                                        low.lanewise(VectorOperators.ASHR, 31)
                                                .and(OrderedBits.MAGNITUDE))
                                .reduceLanes(VectorOperators.MIN));
        maxs[k] =
                OrderedBits.toFloat(
                        high.lanewise(
                                        VectorOperators.XOR,
                                        high.lanewise(VectorOperators.ASHR, 31)
                                                .and(OrderedBits.MAGNITUDE))
                                .reduceLanes(VectorOperators.MAX));
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
