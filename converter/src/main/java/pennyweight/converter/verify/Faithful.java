package pennyweight.converter.verify;

import java.util.List;
import java.util.Optional;

/** Whether a file holds exactly what was planned, and computes it. */
public sealed interface Faithful {
    /**
     * The file was compared with its plan.
     *
     * @param problems one line each; empty when the file is faithful
     * @param tensors how many were compared
     * @param computed what the forward pass over the file gives against the one over the planned
     *     numbers; nothing where there is none
     */
    record Judged(List<String> problems, int tensors, Optional<Computed> computed)
            implements Faithful {
        public Judged {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Two forward passes that should be the same.
     *
     * @param divergence largest KL divergence of a token, nats
     * @param logitDifference largest difference of a logit, in standard deviations of the planned
     *     logits
     */
    record Computed(double divergence, double logitDifference) {}

    /** The file has no plan. */
    record NotJudged(String reason) implements Faithful {}

    /** Not faithful. Not judged is no failure. */
    default boolean failed() {
        return this instanceof Judged judged && !judged.problems().isEmpty();
    }
}
