package pennyweight.converter.reference;

import pennyweight.converter.model.PatchGrid;

/**
 * An image as a decoder takes it.
 *
 * @param embeddings {@code [tokens, width]}, which a vision tower made of the patches in {@code
 *     grid}
 */
public record ImageTokens(Matrix embeddings, PatchGrid grid) {
    public ImageTokens {
        if (embeddings.tokens() != grid.tokens()) {
            throw new IllegalArgumentException(
                    embeddings.tokens() + " embeddings for " + grid.tokens() + " tokens");
        }
    }
}
