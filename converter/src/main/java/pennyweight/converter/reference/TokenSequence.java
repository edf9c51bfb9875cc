package pennyweight.converter.reference;

/** A sequence of tokens on its way through a model, with the state that it has left there. */
public interface TokenSequence {
    /**
     * Takes the next tokens through the model, at least one.
     *
     * @return the logits after each of them
     */
    Logits prefill(int... ids);

    /**
     * Takes the next tokens, images among them, through the model.
     *
     * @return the logits after each of them
     * @throws IllegalArgumentException if the places are not exactly those that the images fill, or
     *     the model takes text alone
     */
    default Logits prefill(Prompt prompt) {
        if (prompt.images().isEmpty()) {
            return prefill(prompt.tokens().ids());
        }
        throw new IllegalArgumentException("images for a model that takes text alone");
    }
}
