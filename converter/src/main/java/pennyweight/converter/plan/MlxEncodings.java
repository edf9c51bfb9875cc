package pennyweight.converter.plan;

import pennyweight.formats.mlx.MlxParameters;
import pennyweight.quantizer.encoding.Affine;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.FloatBlock;
import pennyweight.quantizer.encoding.Plain;

/** The encodings of MLX's modes. */
public final class MlxEncodings {
    private MlxEncodings() {}

    /**
     * The encoding of matrices.
     *
     * @param type of the weights, and of scales and biases in mode affine; of no matter to a reader
     *     of another mode
     */
    public static Encoding of(MlxParameters parameters, Plain.Type type) {
        return switch (parameters.mode()) {
            case AFFINE -> new Affine(parameters.bits(), parameters.groupSize(), type);
            case MXFP4 -> new FloatBlock(FloatBlock.Mode.MXFP4, type);
            case MXFP8 -> new FloatBlock(FloatBlock.Mode.MXFP8, type);
            case NVFP4 -> new FloatBlock(FloatBlock.Mode.NVFP4, type);
        };
    }
}
