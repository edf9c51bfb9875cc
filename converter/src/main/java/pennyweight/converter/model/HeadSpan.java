package pennyweight.converter.model;

/**
 * Where a tensor has one entry for each value head of a delta net: along its rows or its columns,
 * from {@code start} on, {@code headSize} indices a head.
 */
public record HeadSpan(Axis axis, long start, long headSize, int keyHeads, int valueHeads) {
    /** Of the matrix of rows that a tensor is; a vector is one row. */
    public enum Axis {
        ROWS,
        COLUMNS
    }
}
