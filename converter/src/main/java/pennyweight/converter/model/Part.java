package pennyweight.converter.model;

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
    MTP_NORM;

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
}
