package pennyweight.converter.model;

/**
 * The patches of one image, or of several frames of a video, and their order wherever a vision
 * tower has one row a patch: frame by frame, and in a frame square by square of {@code mergeSize *
 * mergeSize} patches, the squares row by row and the patches of a square row by row. So the patches
 * that become one token follow each other.
 *
 * @param frames in steps of the patch's own frames: 1 for an image
 * @param rows of patches, a multiple of {@code mergeSize}; {@code columns} likewise
 * @param mergeSize rows, and columns, of the patches that become one token
 */
public record PatchGrid(int frames, int rows, int columns, int mergeSize) {
    public PatchGrid {
        if (frames < 1 || rows < 1 || columns < 1 || mergeSize < 1) {
            throw new IllegalArgumentException(
                    "no grid: " + frames + " frames of " + rows + " x " + columns);
        }
        if (rows % mergeSize != 0 || columns % mergeSize != 0) {
            throw new IllegalArgumentException(
                    rows + " x " + columns + " patches are no squares of " + mergeSize);
        }
        Math.multiplyExact(frames, Math.multiplyExact(rows, columns));
    }

    /** Patches of a frame. */
    public int framePatches() {
        return rows * columns;
    }

    public int patches() {
        return frames * framePatches();
    }

    /** Tokens that the decoder gets. */
    public int tokens() {
        return patches() / (mergeSize * mergeSize);
    }

    /** The row, in its frame, of the patch with this number. */
    public int row(int patch) {
        int square = patch % framePatches() / (mergeSize * mergeSize);
        return square / (columns / mergeSize) * mergeSize + patch / mergeSize % mergeSize;
    }

    /** The column, in its frame, of the patch with this number. */
    public int column(int patch) {
        int square = patch % framePatches() / (mergeSize * mergeSize);
        return square % (columns / mergeSize) * mergeSize + patch % mergeSize;
    }
}
