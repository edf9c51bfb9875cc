package pennyweight.converter.reference;

/** A sequence of tokens on its way through a model, with the state that it has left there. */
public interface TokenSequence {
    /**
     * Takes the next tokens through the model, at least one.
     *
     * @return the logits after each of them
     */
    Logits prefill(int... ids);
}
