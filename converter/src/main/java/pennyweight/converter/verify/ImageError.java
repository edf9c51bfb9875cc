package pennyweight.converter.verify;

import java.util.Optional;

/**
 * How far what a file makes of an image is from what its source makes of it.
 *
 * @param tokens of the image
 * @param relativeRmse of the embeddings: root of the summed squared error over the summed squares
 *     of the source's
 * @param limit what is allowed of it
 * @param answer what follows the image; nothing where the file holds no decoder beside the tower
 */
public record ImageError(int tokens, double relativeRmse, double limit, Optional<Answer> answer) {
    /**
     * The predictions from an image's last token on.
     *
     * @param meanDivergence mean KL divergence from the source, in nats
     * @param topAgreement share of tokens whose likeliest successor is the source's
     */
    public record Answer(int tokens, double meanDivergence, double topAgreement) {}
}
