package pennyweight.converter.verify;

import pennyweight.converter.image.PixelPatches;
import pennyweight.converter.image.Pixels;
import pennyweight.converter.model.VisionEncoder;
import pennyweight.converter.reference.Image;

/**
 * The fixed image that every vision tower is judged on: slopes and textures by a formula. It is no
 * square, and the frames of a patch differ, unlike those of a still image: so exchanged rows and
 * columns show, and exchanged frames too.
 */
final class TestImage {
    /** Merged patches from top to bottom. */
    private static final int ROWS = 2;

    /** Merged patches from left to right. */
    private static final int COLUMNS = 3;

    private TestImage() {}

    /** The image in the patches of {@code tower}: 64 x 96 pixels for Qwen3.5. */
    static Image of(VisionEncoder tower) {
        int patch = (int) Math.sqrt((double) tower.patchShape().area());
        int side = patch * tower.mergeSize();
        return PixelPatches.of(
                Pixels.of(
                        tower.patchShape().frames(), ROWS * side, COLUMNS * side, TestImage::pixel),
                tower);
    }

    private static int pixel(int frame, int channel, int row, int column) {
        int slope = 2 * column + 3 * row * (channel + 1);
        int texture = column * row / 16 * (frame + 1);
        return (slope + texture + 97 * frame) & 0xff;
    }
}
