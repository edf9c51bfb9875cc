package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import pennyweight.converter.reference.Logits;

/** How far a candidate's predictions are from a reference's over some text. */
public record Divergence(List<TokenDivergence> tokens) {
    /** Floats of logits held at once, for each of the two. */
    private static final int CHUNK_FLOATS = 1 << 20;

    private static final int MIN_CHUNK_COLUMNS = 256;

    public Divergence {
        tokens = List.copyOf(tokens);
    }

    /**
     * Compares the logits of two models after the same tokens. Goes over the vocabulary once, a
     * chunk at a time: logits of all tokens and the whole vocabulary are never held.
     *
     * @param next the id that follows each token, or -1 where none does
     */
    public static Divergence between(Logits reference, Logits candidate, int[] next) {
        int tokens = reference.tokens();
        int vocabulary = reference.vocabulary();
        if (candidate.tokens() != tokens || next.length != tokens) {
            throw new IllegalArgumentException(
                    tokens + ", " + candidate.tokens() + " and " + next.length + " tokens");
        }
        if (candidate.vocabulary() != vocabulary) {
            throw new IllegalArgumentException(
                    "vocabularies of " + vocabulary + " and " + candidate.vocabulary());
        }
        List<PairSums> sums = new ArrayList<>();
        for (int id : next) {
            sums.add(new PairSums(id));
        }
        int chunk =
                Math.min(
                        vocabulary,
                        Math.max(MIN_CHUNK_COLUMNS, CHUNK_FLOATS / Math.max(1, tokens)));
        float[] p = new float[Math.multiplyExact(tokens, chunk)];
        float[] q = new float[p.length];
        for (int first = 0; first < vocabulary; first += chunk) {
            int count = Math.min(chunk, vocabulary - first);
            reference.columns(first, count, p);
            candidate.columns(first, count, q);
            for (int t = 0; t < tokens; t++) {
                sums.get(t).add(p, q, t * count, first, count);
            }
        }
        return new Divergence(sums.stream().map(PairSums::result).toList());
    }

    /** The two predictions' tokens after {@code ids}: each is followed by the next of them. */
    public static int[] next(int[] ids) {
        int[] next = new int[ids.length];
        for (int t = 0; t < ids.length; t++) {
            next[t] = t + 1 < ids.length ? ids[t + 1] : -1;
        }
        return next;
    }

    /** Mean KL divergence a token, in nats. */
    public double meanKl() {
        return mean(tokens, TokenDivergence::kl);
    }

    /** The largest KL divergence. */
    public double maxKl() {
        return tokens.stream().mapToDouble(TokenDivergence::kl).max().orElse(0);
    }

    /** Share of the tokens after which both would choose the same token, 0 to 1. */
    public double topAgreement() {
        return mean(tokens, t -> t.sameTop() ? 1 : 0);
    }

    /** Perplexity of the reference: the exponential of its mean loss. */
    public double referencePerplexity() {
        return StrictMath.exp(-mean(followed(), TokenDivergence::referenceLogProbability));
    }

    /** Perplexity of the candidate. */
    public double candidatePerplexity() {
        return StrictMath.exp(-mean(followed(), TokenDivergence::candidateLogProbability));
    }

    /** The largest difference of two logits. */
    public double maxDifference() {
        return tokens.stream().mapToDouble(TokenDivergence::maxDifference).max().orElse(0);
    }

    private List<TokenDivergence> followed() {
        return tokens.stream().filter(TokenDivergence::hasNext).toList();
    }

    private static double mean(List<TokenDivergence> of, ToDoubleFunction<TokenDivergence> value) {
        double sum = 0;
        for (TokenDivergence t : of) {
            sum += value.applyAsDouble(t);
        }
        return sum / of.size();
    }
}
