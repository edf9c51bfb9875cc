package pennyweight.converter.reference;

/**
 * Logits {@code [tokens, vocabulary]}, computed in part when they are asked for: those of a few
 * hundred tokens over a large vocabulary do not fit memory.
 */
public interface Logits {
    int tokens();

    int vocabulary();

    /**
     * Writes the logits of token ids {@code [first, first + count)}: {@code target[t * count + j]}
     * is the logit of id {@code first + j} after token {@code t}.
     */
    void columns(int first, int count, float[] target);

    /** The logits after one of the tokens alone, a single row. */
    Logits token(int t);

    /** The logits after the last token. */
    default Logits last() {
        return token(tokens() - 1);
    }

    /** All of them, {@code [tokens, vocabulary]}: for small vocabularies or few tokens. */
    default float[] all() {
        float[] all = new float[Math.multiplyExact(tokens(), vocabulary())];
        columns(0, vocabulary(), all);
        return all;
    }

    /** Logits that are there already; {@code values} [tokens, vocabulary] is kept, not copied. */
    static Logits of(float[] values, int tokens, int vocabulary) {
        return new ArrayLogits(values, tokens, vocabulary);
    }
}
