package pennyweight.converter.reference;

/**
 * Whatever turns images into embeddings of a decoder: the reference forward pass of a vision tower,
 * or a written graph under its evaluator.
 */
public interface VisionModel extends AutoCloseable {
    /** What the decoder gets in place of the image's tokens. */
    ImageTokens embed(Image image);

    @Override
    void close();
}
