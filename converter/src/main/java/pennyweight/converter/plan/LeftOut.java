package pennyweight.converter.plan;

/** A source tensor that a target does not take, and why. */
public record LeftOut(String tensor, String reason) {}
