package pennyweight.converter.verify.onnx;

/** Rows of a weight {@code [rows, columns]}, decoded to float32 when they are asked for. */
interface RowSource {
    int rows();

    int columns();

    /** Writes rows {@code [first, first + count)} to the start of {@code target}. */
    void read(int first, int count, float[] target);
}
