package pennyweight.converter.reference;

import java.util.Arrays;
import java.util.Objects;

/** Logits in memory. */
final class ArrayLogits implements Logits {
    private final float[] values;
    private final int tokens;
    private final int vocabulary;

    ArrayLogits(float[] values, int tokens, int vocabulary) {
        Objects.checkFromIndexSize(0, Math.multiplyExact(tokens, vocabulary), values.length);
        this.values = values;
        this.tokens = tokens;
        this.vocabulary = vocabulary;
    }

    @Override
    public int tokens() {
        return tokens;
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public void columns(int first, int count, float[] target) {
        Objects.checkFromIndexSize(first, count, vocabulary);
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(values, t * vocabulary + first, target, t * count, count);
        }
    }

    @Override
    public Logits token(int t) {
        int from = Objects.checkIndex(t, tokens) * vocabulary;
        return new ArrayLogits(Arrays.copyOfRange(values, from, from + vocabulary), 1, vocabulary);
    }
}
