package pennyweight.converter.work;

/** How tensors are cut: into tiles of whole rows. */
public final class Tiles {
    /**
     * Numbers of a tile: 1 MiB of float32, which stays in the second-level cache of most machines.
     */
    private static final int NUMBERS = 1 << 18;

    private Tiles() {}

    /** How many rows of {@code columns} numbers make a tile. */
    public static int rows(long columns) {
        return (int) Math.max(1, NUMBERS / columns);
    }
}
