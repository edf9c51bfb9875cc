package pennyweight.quantizer.encoding;

/**
 * One GGUF block type: how blocks of numbers become bytes and back. Rows are whole blocks, so a
 * tile of rows is one run of blocks. The layouts and routines are those of ggml's {@code
 * ggml-common.h} and {@code ggml-quants.c} (the {@code quantize_row_*_ref} family, without an
 * importance matrix): every sum is float32, in the order of the elements, without fused
 * multiply-add.
 */
interface BlockCodec {
    /** Encodes {@code blocks} blocks from {@code values[from]} on to {@code bytes[at]} on. */
    void encode(float[] values, int from, int blocks, byte[] bytes, int at);

    /** Decodes {@code blocks} blocks from {@code bytes[at]} on to {@code values[from]} on. */
    void decode(byte[] bytes, int at, int blocks, float[] values, int from);
}
