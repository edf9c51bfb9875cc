package pennyweight.converter.model;

import pennyweight.formats.Shape;

/**
 * What a tensor is for, in neutral words. Every naming world (a dialect) has its own name for each.
 * Shapes are given as Hugging Face has them: H hidden, I intermediate, V vocabulary.
 */
public enum Part {
    /** Token embedding {@code [V, H]}; the output head too, where the two are tied. */
    EMBEDDING,
    /** Output head {@code [V, H]}. */
    HEAD,
    /** Norm before the output head {@code [H]}. */
    FINAL_NORM,

    /** Norm before attention or the delta net {@code [H]}. */
    INPUT_NORM,
    /** Norm before the MLP {@code [H]}. */
    MLP_NORM,
    /** {@code [I, H]}. */
    MLP_GATE,
    /** {@code [I, H]}. */
    MLP_UP,
    /** {@code [H, I]}. */
    MLP_DOWN,

    /** {@code [heads * 2 * headDim, H]}: per head the query rows, then the gate rows. */
    ATTN_Q,
    /** {@code [kvHeads * headDim, H]}. */
    ATTN_K,
    /** {@code [kvHeads * headDim, H]}. */
    ATTN_V,
    /** {@code [H, heads * headDim]}. */
    ATTN_OUT,
    /** {@code [headDim]}. */
    ATTN_Q_NORM,
    /** {@code [headDim]}. */
    ATTN_K_NORM,

    /** {@code [2 * keyWidth + valueWidth, H]}: rows of q, k, v. */
    DELTA_QKV,
    /** Output gate {@code [valueWidth, H]}. */
    DELTA_Z,
    /** Write strength {@code [valueHeads, H]}. */
    DELTA_B,
    /** Decay input {@code [valueHeads, H]}. */
    DELTA_A,
    /** Depthwise convolution {@code [2 * keyWidth + valueWidth, 1, kernel]}. */
    DELTA_CONV,
    /** Log of the decay rate {@code [valueHeads]}. */
    DELTA_DECAY,
    /** Bias of the decay input {@code [valueHeads]}. */
    DELTA_DT_BIAS,
    /** Gated norm, shared by the heads {@code [valueDim]}; a plain multiplier in every world. */
    DELTA_NORM,
    /** {@code [H, valueWidth]}. */
    DELTA_OUT,

    /** Joins embedding and hidden state {@code [H, 2H]}. */
    MTP_FC,
    /** {@code [H]}. */
    MTP_EMBEDDING_NORM,
    /** {@code [H]}. */
    MTP_HIDDEN_NORM,
    /** {@code [H]}. */
    MTP_NORM,

    /**
     * Patch embedding of the vision tower {@code [H, channels, time, row, column]}, H the tower's
     * width from here on: a row of the matrix is a whole filter.
     */
    PATCH,
    /**
     * The filters of the first of two frames alone, {@code [H, channels, row, column]}. No
     * checkpoint has it: where a world stores a kernel a frame, as GGUF does, {@link #PATCH} is two
     * tensors there, and each needs a role of its own.
     */
    PATCH_FRAME_0,
    /** The filters of the second of two frames alone; see {@link #PATCH_FRAME_0}. */
    PATCH_FRAME_1,
    /** {@code [H]}. */
    PATCH_BIAS,
    /** Learned positions {@code [positions, H]}, a square grid row by row. */
    POSITIONS,

    /** Layer norm before attention {@code [H]}; no norm of the tower is zero-centred. */
    NORM1,
    /** {@code [H]}. */
    NORM1_BIAS,
    /** Layer norm before the MLP {@code [H]}. */
    NORM2,
    /** {@code [H]}. */
    NORM2_BIAS,
    /** {@code [3H, H]}: rows of q, k, v. */
    QKV,
    /** {@code [3H]}. */
    QKV_BIAS,
    /** Attention output {@code [H, H]}. */
    PROJ,
    /** {@code [H]}. */
    PROJ_BIAS,
    /** {@code [I, H]}. */
    FC1,
    /** {@code [I]}. */
    FC1_BIAS,
    /** {@code [H, I]}. */
    FC2,
    /** {@code [H]}. */
    FC2_BIAS,

    /** Layer norm of each patch before patches are merged {@code [H]}. */
    MERGER_NORM,
    /** {@code [H]}. */
    MERGER_NORM_BIAS,
    /** {@code [M, M]}, M the width of the patches that become one token. */
    MERGER_FC1,
    /** {@code [M]}. */
    MERGER_FC1_BIAS,
    /** To the decoder's width {@code [out, M]}. */
    MERGER_FC2,
    /** {@code [out]}. */
    MERGER_FC2_BIAS;

    /**
     * Whether this is the weight of a norm that multiplies by one plus what Hugging Face stores.
     */
    public boolean zeroCentredNorm() {
        return switch (this) {
            case FINAL_NORM, INPUT_NORM, MLP_NORM, ATTN_Q_NORM, ATTN_K_NORM -> true;
            case MTP_EMBEDDING_NORM, MTP_HIDDEN_NORM, MTP_NORM -> true;
            default -> false;
        };
    }

    /**
     * The part that a checkpoint has, of which this is a piece in some naming world; itself in all
     * other cases.
     */
    public Part whole() {
        return switch (this) {
            case PATCH_FRAME_0, PATCH_FRAME_1 -> PATCH;
            default -> this;
        };
    }

    /**
     * The matrix {@code [rows, columns]} that a tensor of {@code shape} is: of a convolution a row
     * is a filter, of all else the innermost dimension; a vector is one row.
     */
    public Shape matrix(Shape shape) {
        return switch (this) {
            case DELTA_CONV, PATCH, PATCH_FRAME_0, PATCH_FRAME_1 -> filters(shape);
            default -> Shape.of(shape.rows(), shape.columns());
        };
    }

    private static Shape filters(Shape shape) {
        long size = 1;
        for (int i = 1; i < shape.rank(); i++) {
            size = Math.multiplyExact(size, shape.dimension(i));
        }
        return Shape.of(shape.rank() == 0 ? 1 : shape.dimension(0), size);
    }
}
