package pennyweight.converter.verify;

/**
 * Running sums over the vocabulary, of which a token's divergence is made. Exponentials are taken
 * relative to the largest logit so far, and rescaled when a larger one comes (online softmax,
 * Milakov and Gimelshein 2018), all in double.
 */
final class PairSums {
    private final int next;
    private final Normalizer p = new Normalizer();
    private final Normalizer q = new Normalizer();
    private double weightedDifference;
    private double maxDifference;
    private long count;
    private double sum;
    private double sumOfSquares;
    private double nextP = Double.NaN;
    private double nextQ = Double.NaN;

    /**
     * @param next id of the token that follows, or -1
     */
    PairSums(int next) {
        this.next = next;
    }

    /** Adds the logits of ids {@code [first, first + count)}, which lie from {@code at} on. */
    void add(float[] reference, float[] candidate, int at, int first, int count) {
        weightedDifference *= p.raise(reference, at, first, count);
        q.raise(candidate, at, first, count);
        for (int j = 0; j < count; j++) {
            double a = reference[at + j];
            double b = candidate[at + j];
            weightedDifference += p.add(a) * (a - b);
            q.add(b);
            maxDifference = Math.max(maxDifference, Math.abs(a - b));
            sum += a;
            sumOfSquares += a * a;
        }
        this.count += count;
        if (next >= first && next < first + count) {
            nextP = reference[at + next - first];
            nextQ = candidate[at + next - first];
        }
    }

    TokenDivergence result() {
        // sum p (log p - log q) = sum p (a - b) - log Zp + log Zq
        double kl = weightedDifference / p.total - p.logTotal() + q.logTotal();
        double mean = sum / count;
        return new TokenDivergence(
                kl,
                p.top,
                q.top,
                nextP - p.logTotal(),
                nextQ - q.logTotal(),
                maxDifference,
                Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean)));
    }

    /** The sum of exponentials of one side. */
    private static final class Normalizer {
        private double max = Double.NEGATIVE_INFINITY;
        private double total;
        private int top = -1;

        /** Takes the largest logit into account, and tells the factor of what was summed before. */
        double raise(float[] logits, int at, int first, int count) {
            double before = max;
            for (int j = 0; j < count; j++) {
                if (logits[at + j] > max) {
                    max = logits[at + j];
                    top = first + j;
                }
            }
            double factor = total == 0 ? 1 : StrictMath.exp(before - max);
            total *= factor;
            return factor;
        }

        double add(double logit) {
            double e = StrictMath.exp(logit - max);
            total += e;
            return e;
        }

        double logTotal() {
            return max + StrictMath.log(total);
        }
    }
}
