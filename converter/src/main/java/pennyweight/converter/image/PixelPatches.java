package pennyweight.converter.image;

import pennyweight.converter.model.PatchGrid;
import pennyweight.converter.model.PatchShape;
import pennyweight.converter.model.VisionEncoder;
import pennyweight.converter.reference.Image;
import pennyweight.converter.reference.Matrix;

/**
 * Cuts pixels into the patches that a vision tower takes (transformers {@code
 * image_processing_qwen2_vl.py}): each channel's 0 to 255 become -1 to 1, and a patch is one row of
 * {@code [channel, frame, row, column]}.
 */
public final class PixelPatches {
    /** Half of the largest value: mean and deviation of 0.5 are taken off values of 0 to 1. */
    private static final float HALF = 127.5f;

    private PixelPatches() {}

    /**
     * The patches of an image, or of a piece of a video. An image that a patch wants more frames of
     * is repeated.
     *
     * @throws IllegalArgumentException if the pixels are no whole squares of patches, or the frames
     *     no whole patches
     */
    public static Image of(Pixels pixels, VisionEncoder tower) {
        PatchShape shape = tower.patchShape();
        int side = (int) Math.sqrt((double) shape.area());
        boolean still = pixels.frames() == 1;
        if (shape.channels() != Pixels.CHANNELS
                || pixels.height() % side != 0
                || pixels.width() % side != 0
                || (!still && pixels.frames() % shape.frames() != 0)) {
            throw new IllegalArgumentException(
                    pixels.frames()
                            + " frames of "
                            + pixels.height()
                            + " x "
                            + pixels.width()
                            + " are no patches of "
                            + shape);
        }
        PatchGrid grid =
                new PatchGrid(
                        still ? 1 : pixels.frames() / shape.frames(),
                        pixels.height() / side,
                        pixels.width() / side,
                        tower.mergeSize());
        float[] values = new float[Math.multiplyExact(grid.patches(), shape.size())];
        int i = 0;
        for (int p = 0; p < grid.patches(); p++) {
            int first = p / grid.framePatches() * shape.frames();
            int top = grid.row(p) * side;
            int left = grid.column(p) * side;
            for (int c = 0; c < Pixels.CHANNELS; c++) {
                for (int t = 0; t < shape.frames(); t++) {
                    int frame = still ? 0 : first + t;
                    for (int y = 0; y < side; y++) {
                        for (int x = 0; x < side; x++) {
                            values[i++] = (pixels.get(frame, c, top + y, left + x) - HALF) / HALF;
                        }
                    }
                }
            }
        }
        return new Image(new Matrix(grid.patches(), shape.size(), values), grid);
    }
}
