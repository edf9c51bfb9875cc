package pennyweight.converter.dialect;

/** How the weight of a zero-centred norm is stored. */
public enum NormWeight {
    /** w, where the norm multiplies by 1 + w: Hugging Face. */
    ZERO_CENTRED,
    /** The multiplier itself, 1 + w: GGUF, MLX, ONNX. */
    MULTIPLIER
}
