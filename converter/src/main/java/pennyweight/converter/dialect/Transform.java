package pennyweight.converter.dialect;

import org.jspecify.annotations.Nullable;

/**
 * From the numbers that one dialect stores for a role to those that another does. Works on the
 * matrix of rows that a tensor is; a vector is one row.
 *
 * @param rows where rows go, or null where they stay
 * @param columns where columns go, or null where they stay
 */
public record Transform(
        ElementMap map, @Nullable HeadPermutation rows, @Nullable HeadPermutation columns) {
    public static final Transform NONE = new Transform(ElementMap.NONE, null, null);

    /** The row of the target that row {@code r} of the source becomes. */
    public long targetRow(long r) {
        return rows == null ? r : rows.target(r);
    }

    /** The row of the source that row {@code r} of the target is made from. */
    public long sourceRow(long r) {
        return rows == null ? r : rows.source(r);
    }

    /** Maps the numbers and moves the columns of {@code count} rows; rows keep their places. */
    public void apply(float[] source, int count, int width, float[] target) {
        if (columns == null) {
            if (map == ElementMap.NONE) {
                System.arraycopy(source, 0, target, 0, count * width);
            } else {
                for (int i = 0; i < count * width; i++) {
                    target[i] = map.apply(source[i]);
                }
            }
            return;
        }
        for (int c = 0; c < width; c++) {
            int to = (int) columns.target(c);
            for (int r = 0; r < count; r++) {
                target[r * width + to] = map.apply(source[r * width + c]);
            }
        }
    }

    /**
     * What the transform does, for people: {@code +1}, {@code -exp}, {@code value heads tiled};
     * empty for nothing.
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
        String heads =
                rows != null
                        ? "value-head rows reordered"
                        : columns != null ? "value-head columns reordered" : "";
        return element.isEmpty() || heads.isEmpty() ? element + heads : element + ", " + heads;
    }
}
