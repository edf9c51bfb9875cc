package pennyweight.formats.gguf;

/**
 * How much each input column of one tensor matters: the mean of the squares of what flowed into it,
 * {@code [matrices, columns]}; one matrix but for tensors of experts.
 */
public final class ImatrixEntry {
    private final String name;
    private final int matrices;
    private final float[] values;
    private final long rows;
    private final int unseen;
    private final long offset;

    /**
     * Takes ownership of {@code values}.
     *
     * @param rows the most rows, or calls, that a matrix was measured with
     * @param unseen how many matrices were measured with none
     * @param offset where the sums begin in the file
     */
    ImatrixEntry(String name, int matrices, float[] values, long rows, int unseen, long offset) {
        this.name = name;
        this.matrices = matrices;
        this.values = values;
        this.rows = rows;
        this.unseen = unseen;
        this.offset = offset;
    }

    /** The tensor's name, such as {@code blk.0.ffn_up.weight}. */
    public String name() {
        return name;
    }

    public int matrices() {
        return matrices;
    }

    /** The columns of one matrix. */
    public int columns() {
        return values.length / matrices;
    }

    /** The number of values: matrices times columns. */
    public int length() {
        return values.length;
    }

    /**
     * The weights as llama-quantize takes them, matrix by matrix: finite and not negative; a fresh
     * copy.
     */
    public float[] values() {
        return values.clone();
    }

    /** Whether nothing ever flowed into any column. */
    public boolean isZero() {
        for (float v : values) {
            if (v != 0) {
                return false;
            }
        }
        return true;
    }

    /** The most activation rows that a matrix was measured with; in a .dat file, chunks. */
    public long rows() {
        return rows;
    }

    /** How many matrices nothing was measured of: all their columns weigh 1. */
    public int unseenMatrices() {
        return unseen;
    }

    /** Where the sums begin in the file, in bytes. */
    public long offset() {
        return offset;
    }
}
