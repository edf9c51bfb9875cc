package pennyweight.quantizer.encoding;

/**
 * Lays groups of numbers side by side, one a lane: the order in which searches read them, so that
 * every sum over a group keeps the order of its numbers.
 */
final class Interleaving {
    private Interleaving() {}

    /**
     * Number i of group {@code first + lane} goes to {@code target[at + i * lanes + lane]}. Groups
     * of {@code size} numbers lie one after another; lanes beyond the last group get the last one.
     */
    static void groups(
            float[] values,
            int from,
            int size,
            int first,
            int groups,
            int lanes,
            float[] target,
            int at) {
        for (int lane = 0; lane < lanes; lane++) {
            int x = from + Math.min(first + lane, groups - 1) * size;
            for (int i = 0; i < size; i++) {
                target[at + i * lanes + lane] = values[x + i];
            }
        }
    }
}
