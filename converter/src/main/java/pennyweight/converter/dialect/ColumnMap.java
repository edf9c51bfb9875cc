package pennyweight.converter.dialect;

/** Which columns of a source's row make the row of a target, in which order. */
public sealed interface ColumnMap permits HeadPermutation, FrameSlice, PatchPermutation {
    /** The column of the source that column {@code column} of the target is taken from. */
    long source(long column);

    /** Length of the target's row, of a row of {@code width} in the source; never more. */
    int width(int width);

    /** What it does, for people. */
    String label();
}
