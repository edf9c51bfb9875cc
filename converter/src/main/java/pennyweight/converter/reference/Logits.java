package pennyweight.converter.reference;

/**
 * Logits {@code [tokens, vocabulary]}, computed in part when they are asked for: those of a few
 * hundred tokens over a large vocabulary do not fit memory.
 */
public interface Logits {
    /** Ids whose logits are compared at a time. */
    int GREEDY_CHUNK = 1 << 15;

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

    /**
     * The token that greedy decoding chooses next: the id of the largest logit after the last
     * token, the lowest among equals.
     */
    default int greedy() {
        Logits row = last();
        float[] chunk = new float[Math.min(vocabulary(), GREEDY_CHUNK)];
        int best = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int first = 0; first < vocabulary(); first += chunk.length) {
            int count = Math.min(chunk.length, vocabulary() - first);
            row.columns(first, count, chunk);
            for (int j = 0; j < count; j++) {
                if (chunk[j] > max) {
                    max = chunk[j];
                    best = first + j;
                }
            }
        }
        return best;
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
