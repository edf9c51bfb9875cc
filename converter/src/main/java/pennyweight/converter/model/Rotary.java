package pennyweight.converter.model;

/**
 * Rotary position embedding of the first {@code dimensions} of each head, pairs half-split: element
 * i with element i + dimensions/2. The angle of pair i is position * theta^(-2i/dimensions). Text
 * positions only: the three axes of multimodal positions are equal then.
 */
public record Rotary(int headDim, int dimensions, double theta) {}
