package pennyweight.converter.model;

/**
 * Numbers by role, from any source: a checkpoint, a written file read back, or a plan not yet
 * written. All numbers are in the conventions of the forward pass: a norm weight is the multiplier
 * itself, a decay is -exp(A_log); value heads are in the {@link HeadOrder} that the source's {@link
 * Model} declares.
 *
 * <p>A tensor is a matrix of rows: a linear weight {@code [out, in]}, a convolution {@code
 * [channels, kernel]}, a vector one row. Safe for several threads.
 */
public interface Weights {
    /** Number of rows. */
    long rows(Role role);

    /** Length of a row. */
    int columns(Role role);

    /** Decodes rows {@code [first, first + count)} into {@code target[0 .. count * columns)}. */
    void read(Role role, long first, int count, float[] target);

    /** A small tensor whole. */
    default float[] read(Role role) {
        int rows = Math.toIntExact(rows(role));
        float[] all = new float[Math.multiplyExact(rows, columns(role))];
        read(role, 0, rows, all);
        return all;
    }
}
