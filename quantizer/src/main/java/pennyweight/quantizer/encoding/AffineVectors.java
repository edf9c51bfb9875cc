package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Affine}: lanes along a group. */
final class AffineVectors {
    private AffineVectors() {}

    static void encode(Affine encoding, float[] values, int groups, byte[][] planes) {
        int group = encoding.group();
        int groupBytes = group / 8 * encoding.bits();
        float[] scales = new float[groups];
        float[] biases = new float[groups];
        byte[] codes = new byte[group];
        for (int g = 0; g < groups; g++) {
            fit(encoding, values, g, scales, biases);
            codes(values, g * group, scales[g], biases[g], encoding.top(), codes);
            BitPacking.pack(
                    codes, encoding.bits(), planes[Affine.CODES], g * groupBytes, groupBytes);
        }
        encoding.store(scales, biases, planes);
    }

    private static void fit(
            Affine encoding, float[] values, int g, float[] scales, float[] biases) {
        int from = g * encoding.group();
        FloatVector min = FloatVector.fromArray(Lanes.FLOATS, values, from);
        FloatVector max = min;
        for (int i = Lanes.COUNT; i < encoding.group(); i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            min = min.blend(v, v.lt(min));
            max = max.blend(v, v.compare(VectorOperators.GT, max));
        }
        encoding.fit(
                min.reduceLanes(VectorOperators.MIN),
                max.reduceLanes(VectorOperators.MAX),
                scales,
                biases,
                g);
    }

    private static void codes(
            float[] values, int from, float scale, float bias, int top, byte[] codes) {
        for (int i = 0; i < codes.length; i += Lanes.COUNT) {
            IntVector code =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                            .sub(bias)
                            .div(scale)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .sub(Rounding.MAGIC_MANTISSA)
                            .max(0)
                            .min(top);
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
