package pennyweight.converter.dialect;

/** How the decay rate of a delta net's value heads is stored. */
public enum DecayForm {
    /** A_log: Hugging Face, MLX. */
    LOG,
    /** -exp(A_log): GGUF, ONNX. */
    NEGATIVE_EXP
}
