package pennyweight.converter.reference;

import pennyweight.converter.model.Model;
import pennyweight.converter.model.TokenPositions;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;

/** A sequence of tokens on its way through a model, with the state that it has left there. */
public final class Sequence implements TokenSequence {
    private final Model model;
    private final HiddenStates listener;
    private final ReferenceState state = new ReferenceState();
    private final ReferenceOps ops;
    private final StreamedProduct products;

    Sequence(Model model, Weights weights, Workers workers, HiddenStates listener) {
        this.model = model;
        this.listener = listener;
        this.ops = new ReferenceOps(weights, state, workers);
        this.products = new StreamedProduct(weights, workers);
    }

    /** How many tokens have gone through. */
    public int tokens() {
        return state.tokens();
    }

    /**
     * Takes the next tokens through the model, at least one. Cutting a text into several calls
     * changes no bit.
     *
     * @return the logits after each of them
     * @throws IllegalArgumentException if an id is not below the vocabulary's size
     */
    @Override
    public Logits prefill(int... ids) {
        return prefill(Prompt.text(ids));
    }

    /**
     * Takes the next tokens through the model, at least one, with the embeddings of images in their
     * places. Tokens that come after an image are counted on from its largest position.
     *
     * @return the logits after each of them
     * @throws IllegalArgumentException if an id is not below the vocabulary's size, if the places
     *     are not exactly those that the images fill, or if embeddings are of another width
     */
    @Override
    public Logits prefill(Prompt prompt) {
        Tokens tokens = prompt.tokens();
        if (tokens.count() == 0) {
            throw new IllegalArgumentException("no tokens");
        }
        TokenPositions positions = prompt.positions(state.position());
        Tensor x = model.embed(ops, tokens);
        if (x instanceof Matrix embedded) {
            x = prompt.withImages(embedded);
        }
        state.place(positions);
        tell(0, x);
        for (int i = 0; i < model.layers(); i++) {
            x = model.layer(ops, i, x);
            if (i + 1 < model.layers()) {
                tell(i + 1, x);
            }
        }
        x = model.finish(ops, x);
        tell(model.layers(), x);
        state.advance(tokens.count());
        return new HiddenLogits((Matrix) x, products, model.head(), model.vocabulary());
    }

    /** Takes one token through the model. */
    public Logits step(int id) {
        return prefill(id);
    }

    private void tell(int layers, Tensor x) {
        if (x instanceof Matrix m) {
            listener.after(layers, m);
        }
    }
}
