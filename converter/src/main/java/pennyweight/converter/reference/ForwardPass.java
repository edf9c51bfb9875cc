package pennyweight.converter.reference;

import pennyweight.converter.model.Model;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;

/**
 * The reference forward pass of a model over weights from any source, in float32. Weights are
 * streamed: memory holds activations, the state of the sequences, and a chunk of rows a worker.
 *
 * <p>To be used, with all its sequences and logits, by one thread at a time.
 */
public final class ForwardPass implements LanguageModel {
    private final Model model;
    private final Weights weights;
    private final Workers workers;

    /**
     * @param jobs worker threads; results do not depend on it
     */
    public ForwardPass(Model model, Weights weights, int jobs) {
        this.model = model;
        this.weights = weights;
        this.workers = new Workers(jobs);
    }

    /** A new sequence of tokens. */
    @Override
    public Sequence begin() {
        return begin(HiddenStates.IGNORED);
    }

    /** A new sequence of tokens, whose hidden states are told. */
    public Sequence begin(HiddenStates listener) {
        return new Sequence(model, weights, workers, listener);
    }

    @Override
    public void close() {
        workers.close();
    }
}
