package pennyweight.converter.source;

/**
 * A tensor as some file stores it: rows of float32 in that file's own conventions. A vector is one
 * row. Safe for several threads.
 */
public interface StoredTensor {
    long rows();

    int columns();

    /** Decodes rows {@code [first, first + count)} into {@code target[0 .. count * columns)}. */
    void read(long first, int count, float[] target);
}
