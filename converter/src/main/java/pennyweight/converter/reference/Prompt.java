package pennyweight.converter.reference;

import java.util.List;
import pennyweight.converter.model.TokenPositions;

/**
 * Tokens with images among them.
 *
 * @param imageToken the id that stands, once for each of its tokens, where an image goes
 * @param images in order of their places
 */
public record Prompt(Tokens tokens, int imageToken, List<ImageTokens> images) {
    /** No id: a text has no place for an image. */
    private static final int NONE = -1;

    public Prompt {
        images = List.copyOf(images);
    }

    /** A prompt without images. */
    public static Prompt text(int... ids) {
        return new Prompt(new Tokens(ids), NONE, List.of());
    }

    /**
     * Where the tokens stand.
     *
     * @param first position of the first
     * @throws IllegalArgumentException if the places are not exactly those that the images fill
     */
    public TokenPositions positions(int first) {
        return images.isEmpty() && imageToken == NONE
                ? TokenPositions.text(tokens.count(), first)
                : TokenPositions.of(
                        tokens.ids(),
                        imageToken,
                        images.stream().map(ImageTokens::grid).toList(),
                        first);
    }

    /** The tokens' embeddings with those of the images in their places. */
    Matrix withImages(Matrix embedded) {
        if (images.isEmpty()) {
            return embedded;
        }
        int width = embedded.width();
        float[] values = embedded.values().clone();
        int image = 0;
        int row = 0;
        for (int t = 0; t < tokens.count(); t++) {
            if (tokens.id(t) != imageToken) {
                continue;
            }
            Matrix rows = images.get(image).embeddings();
            if (rows.width() != width) {
                throw new IllegalArgumentException(
                        "embeddings of " + rows.width() + " for a decoder of " + width);
            }
            System.arraycopy(rows.values(), row * width, values, t * width, width);
            row++;
            if (row == rows.tokens()) {
                image++;
                row = 0;
            }
        }
        return new Matrix(embedded.tokens(), width, values);
    }
}
