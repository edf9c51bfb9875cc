package pennyweight.converter.reference;

/** Is told the hidden states on their way. */
@FunctionalInterface
public interface HiddenStates {
    /** Nobody listens. */
    HiddenStates IGNORED = (layers, x) -> {};

    /**
     * Takes note of a hidden state.
     *
     * @param layers how many layers the hidden state has gone through: 0 of the embedding; after
     *     the last layer the final norm has been applied too, as transformers counts
     * @param x {@code [tokens, width]}
     */
    void after(int layers, Matrix x);
}
