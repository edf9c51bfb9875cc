package pennyweight.converter.verify;

import pennyweight.converter.reference.Logits;

/** The logits of a text that went through a model in two pieces. */
record JoinedLogits(Logits first, Logits second) implements Logits {
    @Override
    public int tokens() {
        return first.tokens() + second.tokens();
    }

    @Override
    public int vocabulary() {
        return first.vocabulary();
    }

    @Override
    public void columns(int from, int count, float[] target) {
        first.columns(from, count, target);
        float[] rest = new float[second.tokens() * count];
        second.columns(from, count, rest);
        System.arraycopy(rest, 0, target, first.tokens() * count, rest.length);
    }

    @Override
    public Logits token(int t) {
        return t < first.tokens() ? first.token(t) : second.token(t - first.tokens());
    }
}
