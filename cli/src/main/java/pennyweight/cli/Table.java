package pennyweight.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A table without lines: text to the left, numbers to the right. */
final class Table {
    /** No cell is ever broken over lines: a table is for grep too. */
    private static final int WIDEST = 4096;

    private final List<Column> columns = new ArrayList<>();
    private final List<Object[]> rows = new ArrayList<>();

    /** Adds a column of text. */
    Table text(String header) {
        return column(header, HorizontalAlign.LEFT);
    }

    /** Adds a column of numbers. */
    Table number(String header) {
        return column(header, HorizontalAlign.RIGHT);
    }

    private Table column(String header, HorizontalAlign align) {
        columns.add(
                new Column().header(header).headerAlign(align).dataAlign(align).maxWidth(WIDEST));
        return this;
    }

    /** Adds a row, a cell for each column. */
    void row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(
                    cells.length + " cells for " + columns.size() + " columns");
        }
        rows.add(cells);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The table, each line ended. */
    @Override
    public String toString() {
        return AsciiTable.builder()
                .border(AsciiTable.NO_BORDERS)
                .lineSeparator("\n")
                .data(columns.toArray(Column[]::new), rows.toArray(Object[][]::new))
                .asString()
                .lines()
                .map(line -> (line.startsWith(" ") ? line.substring(1) : line).stripTrailing())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
