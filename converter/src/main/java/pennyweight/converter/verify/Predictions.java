package pennyweight.converter.verify;

/** What the forward passes of a file and its source say of each other. */
public sealed interface Predictions {
    /**
     * Both were run.
     *
     * @param tokens of the prompts
     * @param meanDivergence mean KL divergence from the source, in nats
     * @param topAgreement share of tokens whose likeliest successor is the source's
     * @param perplexityRatio perplexity against the source's
     */
    record Compared(
            int tokens,
            double meanDivergence,
            double topAgreement,
            double perplexity,
            double sourcePerplexity,
            double perplexityRatio)
            implements Predictions {}

    /** The file has no forward pass, or it does not run. */
    record NotCompared(String reason) implements Predictions {}
}
