package pennyweight.converter.reference;

/** What flows through the reference forward pass: token ids at first, activations after. */
public sealed interface Tensor permits Tokens, Matrix {}
