package pennyweight.converter.model.qwen35;

/** The two kinds of mixing layers of the hybrid. */
public enum LayerKind {
    GATED_DELTA,
    GATED_ATTENTION
}
