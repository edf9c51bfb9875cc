package pennyweight.converter.verify;

import java.util.List;

/**
 * Whether a file still computes what its source does.
 *
 * @param problems one line each; empty when the file is good
 * @param tokens of the prompts
 * @param meanDivergence mean KL divergence from the source, in nats
 * @param topAgreement share of tokens whose likeliest successor is the source's
 * @param perplexityRatio perplexity against the source's
 * @param worst the tensor that uses most of what its bits allow
 * @param errors of every tensor, in the file's order
 */
public record Good(
        List<String> problems,
        int tokens,
        double meanDivergence,
        double topAgreement,
        double perplexity,
        double sourcePerplexity,
        double perplexityRatio,
        Limits limits,
        TensorError worst,
        List<TensorError> errors) {
    public Good {
        problems = List.copyOf(problems);
        errors = List.copyOf(errors);
    }

    public boolean failed() {
        return !problems.isEmpty();
    }
}
