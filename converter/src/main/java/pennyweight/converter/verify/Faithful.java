package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
     * @param seen the same of an image; nothing where the file holds no vision tower
     */
    record Judged(
            List<String> problems, int tensors, Optional<Computed> computed, Optional<Seen> seen)
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
    record Computed(double divergence, double logitDifference) {
        /** KL divergence allowed between the file and its plan, in nats. */
        static final double DIVERGENCE = 1e-8;

        /**
         * Difference allowed of a logit, in standard deviations of the logits: reordered heads
         * change the order of sums, and float32 itself is worth 1.4e-4 at 24 layers.
         */
        static final double LOGIT = 1e-3;

        /** The largest of all tokens. */
        static Computed of(Divergence d) {
            return new Computed(
                    d.maxKl(),
                    d.tokens().stream()
                            .mapToDouble(t -> t.maxDifference() / t.referenceDeviation())
                            .max()
                            .orElse(0));
        }

        /** What is above what is allowed, one line each. */
        List<String> problems(String where) {
            String what = "computes something else than its plan: " + where;
            List<String> problems = new ArrayList<>();
            // Written so that NaN fails.
            if (!(divergence <= DIVERGENCE)) {
                problems.add(
                        String.format(
                                Locale.ROOT,
                                "%sKL divergence %.3g, above %.0e",
                                what,
                                divergence,
                                DIVERGENCE));
            }
            if (!(logitDifference <= LOGIT)) {
                problems.add(
                        String.format(
                                Locale.ROOT,
                                "%sa logit differs by %.3g standard deviations, above %.0e",
                                what,
                                logitDifference,
                                LOGIT));
            }
            return problems;
        }
    }

    /**
     * What two vision towers make of an image, which should be the same.
     *
     * @param difference relative RMSE of the embeddings
     * @param logits of a prompt with the image in it; nothing where the file holds no decoder
     */
    record Seen(double difference, Optional<Computed> logits) {}

    /** The file has no plan. */
    record NotJudged(String reason) implements Faithful {}

    /** Not faithful. Not judged is no failure. */
    default boolean failed() {
        return this instanceof Judged judged && !judged.problems().isEmpty();
    }
}
