package pennyweight.converter.model;

import java.util.List;

/**
 * A vision tower of some family with its sizes: which tensors it has and how it turns patches of an
 * image into embeddings of the decoder. Holds no weights.
 */
public interface VisionEncoder extends TensorAxes {
    /** Number of blocks. */
    int depth();

    /** Rows, and columns, of the patches that become one token. */
    int mergeSize();

    /** The numbers of a patch, one row of what {@link #patches} takes. */
    PatchShape patchShape();

    /** Width of the embeddings. */
    int outWidth();

    /** Every tensor of the tower, in shapes as Hugging Face has them. */
    List<TensorSpec> tensors();

    /**
     * From pixels to the hidden state before block 0.
     *
     * @param pixels {@code [patches, channels * frames * area]}, each row in the order of a filter
     */
    <T> T patches(VisionOps<T> ops, T pixels, PatchGrid grid);

    /** One block. Callers walk the blocks, so that memory does not grow with depth. */
    <T> T block(VisionOps<T> ops, int block, T x, PatchGrid grid);

    /** From the hidden state after the last block to embeddings {@code [tokens, outWidth]}. */
    <T> T merge(VisionOps<T> ops, T x);
}
