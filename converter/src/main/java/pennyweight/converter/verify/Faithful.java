package pennyweight.converter.verify;

import java.util.List;

/** Whether a file holds exactly what was planned, and computes it. */
public sealed interface Faithful {
    /**
     * The file was compared with its plan.
     *
     * @param problems one line each; empty when the file is faithful
     * @param tensors how many were compared
     * @param divergence largest KL divergence of a token: the forward pass over the file from the
     *     one over the planned numbers, nats
     * @param logitDifference largest difference of a logit, in standard deviations of the planned
     *     logits
     */
    record Judged(List<String> problems, int tensors, double divergence, double logitDifference)
            implements Faithful {
        public Judged {
            problems = List.copyOf(problems);
        }
    }

    /** The file has no plan. */
    record NotJudged(String reason) implements Faithful {}

    /** Not faithful. Not judged is no failure. */
    default boolean failed() {
        return this instanceof Judged judged && !judged.problems().isEmpty();
    }
}
