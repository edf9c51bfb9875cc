package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link MatMulNBits}: lanes along a block; a padded block is scalar. */
final class MatMulNBitsVectors {
    private MatMulNBitsVectors() {}

    static void encode(
            MatMulNBits encoding, float[] values, int rows, int columns, byte[][] planes) {
        int block = encoding.block();
        int blocks = (int) encoding.blocks(columns);
        int whole = columns / block;
        byte[] codes = new byte[whole * block];
        int[] tail = new int[block];
        for (int r = 0; r < rows; r++) {
            int row = r * columns;
            for (int b = 0; b < whole; b++) {
                int from = row + b * block;
                float inverse = putScale(encoding, values, from, planes, r * blocks + b);
                codes(values, from, block, inverse, encoding.middle(), codes, b * block);
            }
            BitPacking.pack(
                    codes,
                    codes.length,
                    encoding.bits(),
                    planes[MatMulNBits.CODES],
                    r * blocks * encoding.blockBytes());
            if (whole < blocks) {
                int from = whole * block;
                encoding.encodeBlock(
                        values, row + from, columns - from, tail, planes, r * blocks + whole);
            }
        }
    }

    private static float putScale(
            MatMulNBits encoding, float[] values, int from, byte[][] planes, int index) {
        FloatVector min = FloatVector.fromArray(Lanes.FLOATS, values, from);
        FloatVector max = min;
        for (int i = Lanes.COUNT; i < encoding.block(); i += Lanes.COUNT) {
            FloatVector v = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            min = Lanes.FLOAT.cast(min);
            min = min.blend(v, v.lt(min));
            max = Lanes.FLOAT.cast(max);
            max = max.blend(v, v.compare(VectorOperators.GT, max));
        }
        float low = Lanes.FLOAT.cast(min).reduceLanes(VectorOperators.MIN);
        float high = Lanes.FLOAT.cast(max).reduceLanes(VectorOperators.MAX);
        if (low == 0 && high == 0) {
            // The scale of a block of zeros has the sign of the first: in lanes that order is lost.
            low = values[from];
            high = low;
        }
        return encoding.putScale(low, high, planes[MatMulNBits.SCALES], index);
    }

    private static void codes(
            float[] values, int from, int block, float inverse, int middle, byte[] codes, int at) {
        for (int i = 0; i < block; i += Lanes.COUNT) {
            IntVector code =
                    (IntVector)
                            FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                                    .mul(inverse)
                                    .add(middle)
                                    .max(0f)
                                    .min(2 * middle - 1)
                                    .add(Lanes.BELOW_HALF)
                                    .convertShape(VectorOperators.F2I, Lanes.INTS, 0);
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
