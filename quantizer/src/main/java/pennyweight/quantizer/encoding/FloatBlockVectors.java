package pennyweight.quantizer.encoding;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link FloatBlock}: lanes along a group. */
final class FloatBlockVectors {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int SIGN_OF_BYTE = 0x80;
    private static final int SIGN_OF_NIBBLE = 8;

    /** The bits of 0.25: no larger magnitude becomes 0 in e2m1. */
    private static final int QUARTER = 0x3e800000;

    /** The bits of 0.75: any larger magnitude becomes 1 or more. */
    private static final int THREE_QUARTERS = 0x3f400000;

    /**
     * Above it a quotient by the largest scale is so large that differences to it are not exact;
     * the scalar edition sees to such a group.
     */
    private static final float LARGEST_EXACT = SmallFloats.E4M3_LARGEST * (1 << 20);

    private FloatBlockVectors() {}

    static void encode(FloatBlock encoding, float[] values, int groups, byte[][] planes) {
        FloatBlock.Mode mode = encoding.mode();
        int group = mode.group();
        byte[] codes = new byte[group];
        float[] quotients = new float[group];
        for (int g = 0; g < groups; g++) {
            int from = g * group;
            float largest = largest(values, from, group);
            byte scale = encoding.scale(largest);
            planes[FloatBlock.SCALES][g] = scale;
            switch (mode) {
                case MXFP4 -> e2m1(values, from, PowerScale.reciprocal(scale), codes);
                case MXFP8 -> e4m3(values, from, PowerScale.reciprocal(scale), codes);
                case NVFP4 -> {
                    if (scale == 0) {
                        Arrays.fill(codes, (byte) 0);
                    } else if (largest > LARGEST_EXACT) {
                        encoding.codes(values, from, scale, codes);
                    } else {
                        float divisor = SmallFloats.e4m3(scale);
                        quotients(values, from, divisor, encoding.weights(), quotients);
                        e2m1(quotients, 0, 1, codes);
                    }
                }
            }
            encoding.pack(codes, planes[FloatBlock.CODES], g);
        }
    }

    private static float largest(float[] values, int from, int count) {
        FloatVector largest = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            largest =
                    Lanes.FLOAT
                            .cast(largest)
                            .max(FloatVector.fromArray(Lanes.FLOATS, values, from + i).abs());
        }
        return Lanes.FLOAT.cast(largest).reduceLanes(VectorOperators.MAX);
    }

    /**
     * Divides and rounds to the type of the weights, half to even. A float16 keeps ten bits even
     * where it should be subnormal: all of those become 0 in e2m1 anyway.
     */
    private static void quotients(
            float[] values, int from, float divisor, Plain.Type type, float[] quotients) {
        int dropped =
                switch (type) {
                    case F32 -> 0;
                    case F16 -> 13;
                    case BF16 -> 16;
                };
        int last = dropped == 0 ? 0 : 1;
        int half = dropped == 0 ? 0 : (1 << (dropped - 1)) - 1;
        for (int i = 0; i < quotients.length; i += Lanes.COUNT) {
            IntVector bits =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                            .div(divisor)
                            .reinterpretAsInts();
            bits.lanewise(VectorOperators.LSHR, dropped)
                    .and(last)
                    .add(half)
                    .add(bits)
                    .and(-(1 << dropped))
                    .reinterpretAsFloats()
                    .intoArray(quotients, i);
        }
    }

    private static void e2m1(float[] values, int from, float reciprocal, byte[] codes) {
        for (int i = 0; i < codes.length; i += Lanes.COUNT) {
            IntVector bits =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                            .mul(reciprocal)
                            .reinterpretAsInts();
            IntVector magnitude = bits.and(MAGNITUDE);
            // Exponent and first bit of the mantissa are the code from 1 on, whose code is 2. What
            // is added is less than half of the last bit kept: ties go towards zero.
            IntVector code =
                    magnitude
                            .add((1 << 21) - 1)
                            .lanewise(VectorOperators.LSHR, 22)
                            .sub(2 * 127 - 2)
                            .max(1)
                            .min(7);
            // Below 1 the steps stay as they are between 1 and 2.
            code =
                    code.blend(code.max(2), magnitude.compare(VectorOperators.GT, THREE_QUARTERS))
                            .or(bits.lanewise(VectorOperators.LSHR, 28).and(SIGN_OF_NIBBLE))
                            .blend(0, magnitude.compare(VectorOperators.LE, QUARTER));
            if (Lanes.HAS_BYTES) {
                code.convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, i);
            } else {
                codes[i] = (byte) code.lane(0);
                codes[i + 1] = (byte) code.lane(1);
                codes[i + 2] = (byte) code.lane(2);
                codes[i + 3] = (byte) code.lane(3);
            }
        }
    }

    private static void e4m3(float[] values, int from, float reciprocal, byte[] codes) {
        float magic = Float.intBitsToFloat(SmallFloats.E4M3_MAGIC);
        int largest = Float.floatToRawIntBits(SmallFloats.E4M3_LARGEST);
        for (int i = 0; i < codes.length; i += Lanes.COUNT) {
            IntVector bits =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                            .mul(reciprocal)
                            .reinterpretAsInts();
            IntVector magnitude = bits.and(MAGNITUDE).min(largest);
            IntVector small =
                    magnitude
                            .reinterpretAsFloats()
                            .add(magic)
                            .reinterpretAsInts()
                            .sub(SmallFloats.E4M3_MAGIC);
            IntVector code =
                    magnitude
                            .lanewise(VectorOperators.LSHR, 20)
                            .and(1)
                            .add(magnitude)
                            .add(SmallFloats.E4M3_SHIFT)
                            .lanewise(VectorOperators.LSHR, 20)
                            .blend(
                                    small,
                                    magnitude.compare(VectorOperators.LT, SmallFloats.E4M3_NORMAL))
                            .or(bits.lanewise(VectorOperators.LSHR, 24).and(SIGN_OF_BYTE));
            if (Lanes.HAS_BYTES) {
                code.convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, i);
            } else {
                codes[i] = (byte) code.lane(0);
                codes[i + 1] = (byte) code.lane(1);
                codes[i + 2] = (byte) code.lane(2);
                codes[i + 3] = (byte) code.lane(3);
            }
        }
    }
}
