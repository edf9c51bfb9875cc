package pennyweight.converter.verify;

import java.util.Optional;
import pennyweight.converter.reference.ImageTokens;
import pennyweight.converter.reference.Logits;

/**
 * What a model makes of the test image.
 *
 * @param logits after each token of a prompt with the image in it; nothing where there is no
 *     decoder beside the tower
 */
record Seen(ImageTokens tokens, Optional<Logits> logits) {}
