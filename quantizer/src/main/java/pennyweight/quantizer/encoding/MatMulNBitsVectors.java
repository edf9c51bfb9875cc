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
        int blockBytes = encoding.blockBytes();
        int blocks = (int) encoding.blocks(columns);
        byte[] codes = new byte[block];
        int[] tail = new int[block];
        for (int r = 0; r < rows; r++) {
            for (int b = 0; b < blocks; b++) {
                int from = r * columns + b * block;
                int size = Math.min(block, columns - b * block);
                int index = r * blocks + b;
                if (size < block) {
                    encoding.encodeBlock(values, from, size, tail, planes, index);
                    continue;
                }
                float inverse = putScale(encoding, values, from, planes, index);
                codes(values, from, inverse, encoding.middle(), codes);
                BitPacking.pack(
                        codes,
                        encoding.bits(),
                        planes[MatMulNBits.CODES],
                        index * blockBytes,
                        blockBytes);
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

    private static void codes(float[] values, int from, float inverse, int middle, byte[] codes) {
        for (int i = 0; i < codes.length; i += Lanes.COUNT) {
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
