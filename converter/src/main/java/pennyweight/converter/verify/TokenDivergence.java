package pennyweight.converter.verify;

/**
 * How two predictions of the token after one position differ. Logarithms are natural.
 *
 * @param kl Kullback-Leibler divergence of the candidate's distribution from the reference's, in
 *     nats: sum of p (log p - log q); below 0 by rounding only
 * @param referenceTop id of the reference's largest logit, the lowest id among equals
 * @param candidateTop the candidate's
 * @param referenceLogProbability what the reference gives the token that follows; NaN where none
 *     does
 * @param candidateLogProbability what the candidate gives it
 * @param maxDifference largest difference of two logits
 * @param referenceDeviation standard deviation of the reference's logits over the vocabulary: the
 *     scale that {@code maxDifference} is to be seen on
 */
public record TokenDivergence(
        double kl,
        int referenceTop,
        int candidateTop,
        double referenceLogProbability,
        double candidateLogProbability,
        double maxDifference,
        double referenceDeviation) {
    /** Whether both would choose the same token. */
    public boolean sameTop() {
        return referenceTop == candidateTop;
    }

    /** Whether a token follows, so that the two log probabilities are there. */
    public boolean hasNext() {
        return !Double.isNaN(referenceLogProbability);
    }
}
