package pennyweight.converter.reference;

import pennyweight.converter.model.PatchGrid;

/**
 * An image as a vision tower takes it.
 *
 * @param patches {@code [patches, channels * frames * rows * columns]}: normalised pixels, one row
 *     a patch, in the grid's order
 */
public record Image(Matrix patches, PatchGrid grid) {
    public Image {
        if (patches.tokens() != grid.patches()) {
            throw new IllegalArgumentException(
                    patches.tokens() + " rows of pixels for " + grid.patches() + " patches");
        }
    }
}
