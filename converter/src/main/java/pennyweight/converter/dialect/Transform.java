package pennyweight.converter.dialect;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * From the numbers that one dialect stores for a role to those that another does. Works on the
 * matrix of rows that a tensor is; a vector is one row.
 *
 * @param rows where rows go, or null where they stay
 * @param columns where the target's columns come from, or null where they stay
 */
public record Transform(
        ElementMap map, @Nullable HeadPermutation rows, @Nullable ColumnMap columns) {
    public static final Transform NONE = new Transform(ElementMap.NONE, null, null);

    /** The row of the target that row {@code r} of the source becomes. */
    public long targetRow(long r) {
        return rows == null ? r : rows.target(r);
    }

    /** The row of the source that row {@code r} of the target is made from. */
    public long sourceRow(long r) {
        return rows == null ? r : rows.source(r);
    }

    /** Length of the target's rows, of rows of {@code columns} in the source; never more. */
    public int width(int columns) {
        return this.columns == null ? columns : this.columns.width(columns);
    }

    /** Whether every row holds the same numbers before and after, wherever it goes. */
    public boolean keepsRows() {
        return map == ElementMap.NONE && columns == null;
    }

    /**
     * Maps the numbers and moves the columns of {@code count} rows; rows keep their places.
     *
     * @param source {@code [count, sourceWidth]}
     * @param target receives {@code [count, width(sourceWidth)]}
     */
    public void apply(float[] source, int count, int sourceWidth, float[] target) {
        if (columns == null) {
            if (map == ElementMap.NONE) {
                System.arraycopy(source, 0, target, 0, count * sourceWidth);
            } else {
                for (int i = 0; i < count * sourceWidth; i++) {
                    target[i] = map.apply(source[i]);
                }
            }
            return;
        }
        int width = columns.width(sourceWidth);
        for (int c = 0; c < width; c++) {
            int from = (int) columns.source(c);
            for (int r = 0; r < count; r++) {
                target[r * width + c] = map.apply(source[r * sourceWidth + from]);
            }
        }
    }

    /**
     * Puts columns of {@code count} rows back where the source has them; their numbers stay mapped.
     * A column of the source that the target does not hold becomes 0.
     *
     * @param target {@code [count, width(sourceWidth)]}
     * @param source receives {@code [count, sourceWidth]}
     */
    public void restoreColumns(float[] target, int count, int sourceWidth, float[] source) {
        if (columns == null) {
            System.arraycopy(target, 0, source, 0, count * sourceWidth);
            return;
        }
        int width = columns.width(sourceWidth);
        Arrays.fill(source, 0, count * sourceWidth, 0);
        for (int c = 0; c < width; c++) {
            int to = (int) columns.source(c);
            for (int r = 0; r < count; r++) {
                source[r * sourceWidth + to] = target[r * width + c];
            }
        }
    }

    /**
     * What the transform does, for people: {@code +1}, {@code -exp}, {@code frame 0 of 2}; empty
     * for nothing.
     */
    public String label() {
        String element =
                switch (map) {
                    case NONE -> "";
                    case ADD_ONE -> "+1";
                    case SUBTRACT_ONE -> "-1";
                    case NEGATIVE_EXP -> "-exp";
                    case LOG_OF_NEGATIVE -> "log(-x)";
                };
        String moved =
                rows != null ? "value-head rows reordered" : columns != null ? columns.label() : "";
        return element.isEmpty() || moved.isEmpty() ? element + moved : element + ", " + moved;
    }
}
