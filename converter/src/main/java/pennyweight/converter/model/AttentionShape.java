package pennyweight.converter.model;

/**
 * Query head j reads key/value head {@code j / (heads / kvHeads)}; scores are scaled by
 * 1/sqrt(headDim).
 */
public record AttentionShape(int heads, int kvHeads, int headDim) {}
