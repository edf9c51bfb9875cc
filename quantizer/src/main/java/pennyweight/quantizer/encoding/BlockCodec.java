package pennyweight.quantizer.encoding;

/**
 * One GGUF block type: how blocks of numbers become bytes and back. Rows are whole blocks, so a
 * tile of rows is one run of blocks. The layouts and routines are those of ggml's {@code
 * ggml-common.h} and {@code ggml-quants.c} (the {@code quantize_row_*_ref} family, and with
 * importance weights the {@code quantize_row_*_impl} family): every sum is float32, in the order of
 * the elements, without fused multiply-add.
 */
interface BlockCodec {
    /** Encodes {@code blocks} blocks from {@code values[from]} on to {@code bytes[at]} on. */
    void encode(float[] values, int from, int blocks, byte[] bytes, int at);

    /**
     * Encodes {@code rows} rows of {@code rowBlocks} blocks each, the errors of each column
     * weighted. A type without a search ignores the weights.
     *
     * @param weights one for each column of a row, not negative
     */
    default void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        encode(values, from, rows * rowBlocks, bytes, at);
    }

    /** Decodes {@code blocks} blocks from {@code bytes[at]} on to {@code values[from]} on. */
    void decode(byte[] bytes, int at, int blocks, float[] values, int from);
}
