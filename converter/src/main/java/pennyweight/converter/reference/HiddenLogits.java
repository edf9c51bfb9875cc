package pennyweight.converter.reference;

import java.util.Objects;
import pennyweight.converter.model.Role;

/** Logits as hidden states after the final norm and a head that is streamed past them. */
final class HiddenLogits implements Logits {
    private final Matrix hidden;
    private final StreamedProduct products;
    private final Role head;
    private final int vocabulary;

    HiddenLogits(Matrix hidden, StreamedProduct products, Role head, int vocabulary) {
        this.hidden = hidden;
        this.products = products;
        this.head = head;
        this.vocabulary = vocabulary;
    }

    @Override
    public int tokens() {
        return hidden.tokens();
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public void columns(int first, int count, float[] target) {
        Objects.checkFromIndexSize(first, count, vocabulary);
        products.multiply(head, hidden, first, count, target);
    }

    @Override
    public Logits token(int t) {
        Objects.checkIndex(t, hidden.tokens());
        return new HiddenLogits(hidden.slice(t, 1), products, head, vocabulary);
    }
}
