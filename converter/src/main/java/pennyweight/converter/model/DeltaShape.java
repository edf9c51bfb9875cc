package pennyweight.converter.model;

/** The heads of a gated delta net; {@code order} says which key head a value head reads. */
public record DeltaShape(int keyHeads, int valueHeads, int keyDim, int valueDim, HeadOrder order) {}
