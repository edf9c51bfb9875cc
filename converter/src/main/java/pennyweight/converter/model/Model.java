package pennyweight.converter.model;

import java.util.List;

/**
 * A model of some family with its sizes: which tensors it has and what it computes. Holds no
 * weights.
 */
public interface Model extends TensorAxes {
    int layers();

    int vocabulary();

    /** Width of the hidden state. */
    int width();

    /** Every tensor of the text decoder and, where there is one, of the MTP head. */
    List<TensorSpec> tensors();

    /**
     * Role of the matrix that makes logits: {@code HEAD}, or {@code EMBEDDING} where the two are
     * tied.
     */
    Role head();

    /** From token ids to the hidden state before layer 0. */
    <T> T embed(Ops<T> ops, T ids);

    /** One layer. Callers walk the layers, so that memory does not grow with depth. */
    <T> T layer(Ops<T> ops, int layer, T x);

    /** The norm before the head; the logits are {@code ops.linear(head(), normed)}. */
    <T> T finish(Ops<T> ops, T x);
}
