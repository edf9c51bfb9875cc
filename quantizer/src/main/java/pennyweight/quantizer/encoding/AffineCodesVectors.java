package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The steps of the affine encoders that run along a sub-block. */
final class AffineCodesVectors {
    private AffineCodesVectors() {}

    /**
     * The importance of the numbers of batches of blocks, group after group of as many blocks as
     * there are lanes, one a lane. A row's columns fall on the same lanes again after some batches:
     * those until then are given, the next are the first ones again.
     *
     * @param size numbers of a block
     * @param rowBlocks blocks of a row
     * @param batch blocks of a batch, a multiple of the lanes
     * @param batches at most so many are needed
     */
    static float[] columns(float[] importance, int size, int rowBlocks, int batch, int batches) {
        int again = Math.min(1, batches);
        while (again < batches && again * batch % rowBlocks != 0) {
            again++;
        }
        float[] columns = new float[again * batch * size];
        for (int group = 0; group < again * batch; group += Lanes.COUNT) {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                int from = (group + lane) % rowBlocks * size;
                for (int i = 0; i < size; i++) {
                    columns[group * size + i * Lanes.COUNT + lane] = importance[from + i];
                }
            }
        }
        return columns;
    }

    /**
     * Codes of a block against the stored steps of its sub-blocks: {@code (x + subtrahend) / step}
     * rounded. Where a step is 0 they mean nothing.
     */
    static void stored(
            float[] values,
            int from,
            AffineGrid grid,
            float[] subtrahends,
            float[] steps,
            byte[] codes) {
        int size = grid.size();
        int top = grid.top();
        for (int j = 0; j < steps.length; j++) {
            for (int i = j * size; i < j * size + size; i += Lanes.COUNT) {
                IntVector code =
                        FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                                .add(subtrahends[j])
                                .lanewise(VectorOperators.DIV, steps[j])
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
                    for (int k = 0; k < Lanes.COUNT; k++) {
                        codes[i + k] = (byte) code.lane(k);
                    }
                }
            }
        }
    }

    /** The codes that a search kept: {@code codeInverse * (x - codeMinimum)} rounded. */
    static void searched(
            float[] values,
            int from,
            AffineGrid grid,
            float codeInverse,
            float codeMinimum,
            byte[] codes,
            int at) {
        for (int i = 0; i < grid.size(); i += Lanes.COUNT) {
            IntVector code =
                    FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                            .sub(codeMinimum)
                            .mul(codeInverse)
                            .add(Rounding.MAGIC)
                            .reinterpretAsInts()
                            .and(Rounding.MANTISSA)
                            .sub(Rounding.MAGIC_MANTISSA)
                            .max(0)
                            .min(grid.top());
            if (Lanes.HAS_BYTES) {
                code.convertShape(VectorOperators.I2B, Lanes.BYTES, 0)
                        .reinterpretAsBytes()
                        .intoArray(codes, at + i);
            } else {
                for (int k = 0; k < Lanes.COUNT; k++) {
                    codes[at + i + k] = (byte) code.lane(k);
                }
            }
        }
    }
}
