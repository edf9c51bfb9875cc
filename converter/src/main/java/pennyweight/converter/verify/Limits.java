package pennyweight.converter.verify;

/**
 * What the verdict <em>good</em> allows, by the bits a weight that were asked for. The README says
 * how they were chosen.
 *
 * @param meanDivergence mean KL divergence from the source, in nats
 * @param topAgreement least share of tokens whose likeliest successor is the source's
 * @param perplexityRatio perplexity against the source's
 */
public record Limits(double meanDivergence, double topAgreement, double perplexityRatio) {
    public static Limits of(int bits) {
        if (bits >= 16) {
            return new Limits(0.001, 0.98, 1.01);
        }
        if (bits >= 8) {
            return new Limits(0.01, 0.95, 1.02);
        }
        if (bits >= 6) {
            return new Limits(0.06, 0.88, 1.08);
        }
        if (bits >= 5) {
            return new Limits(0.12, 0.82, 1.15);
        }
        if (bits >= 4) {
            return new Limits(0.3, 0.7, 1.4);
        }
        return bits >= 3 ? new Limits(0.6, 0.6, 1.8) : new Limits(1.2, 0.5, 2.5);
    }

    /** The largest relative RMSE of one tensor whose codes have this many bits. */
    public static double tensorError(int bits) {
        if (bits >= 16) {
            return 0.005;
        }
        if (bits >= 8) {
            return 0.02;
        }
        if (bits >= 6) {
            return 0.06;
        }
        if (bits >= 5) {
            return 0.1;
        }
        if (bits >= 4) {
            return 0.2;
        }
        return bits >= 3 ? 0.3 : 0.5;
    }

    /**
     * The largest relative RMSE of an image's embeddings, of a vision tower whose matrices have at
     * least this many bits.
     */
    public static double imageError(int bits) {
        if (bits >= 16) {
            return 0.01;
        }
        if (bits >= 8) {
            return 0.1;
        }
        if (bits >= 6) {
            return 0.2;
        }
        if (bits >= 5) {
            return 0.35;
        }
        if (bits >= 4) {
            return 0.6;
        }
        return bits >= 3 ? 0.9 : 1.2;
    }
}
