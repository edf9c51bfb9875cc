package pennyweight.quantizer.encoding;

/**
 * How rows of float32 become bytes and back. A value: two encodings of the same parameters are
 * equal. The bytes come as one or more planes (an MLX weight is codes, scales and biases); every
 * plane is a sequence of rows of one length.
 *
 * <p>The scalar code of an encoding is its definition; where a vector edition exists it gives the
 * same bytes. No encoding uses fused multiply-add or changes the order of a sum, since the bytes
 * must equal the peers'.
 */
public sealed interface Encoding permits Plain, GgufBlock, Affine, FloatBlock, MatMulNBits {
    /**
     * A short name as the field writes it: {@code Q4_K}, {@code affine 4-bit g64}, {@code BF16}.
     */
    String label();

    /** The nominal bits of a code: 4 of Q4_K, 16 of BF16. */
    int bits();

    /**
     * The bits of a whole number that errs about as much: fewer than {@link #bits} where a code is
     * a float, some of whose bits are an exponent.
     */
    default int precision() {
        return bits();
    }

    /** How many byte planes a tensor is stored in. */
    int planes();

    /** Whether rows of {@code columns} numbers can be stored. */
    boolean takes(long columns);

    /**
     * The largest magnitude that can be stored: beyond it a float16, be it a number or the scale of
     * a block, becomes infinite.
     */
    default float largest() {
        return Float.MAX_VALUE;
    }

    /** Bytes of one row of {@code columns} numbers in one plane. */
    long rowBytes(int plane, long columns);

    /**
     * Encodes {@code rows} rows of {@code columns} numbers, {@code values[r * columns + c]}, all
     * finite.
     *
     * @param planes receives, from index 0 on, {@code rows * rowBytes(p, columns)} bytes in {@code
     *     planes[p]}
     */
    void encode(float[] values, int rows, int columns, byte[][] planes);

    /** Whether weights of columns change what is written: whether there is a search at all. */
    default boolean weighs() {
        return false;
    }

    /**
     * As {@link #encode(float[], int, int, byte[][])}, with the errors of each column weighted. An
     * encoding that searches for nothing has no use for weights and gives the same bytes as
     * without.
     */
    default void encode(
            float[] values, int rows, int columns, Importance importance, byte[][] planes) {
        encode(values, rows, columns, planes);
    }

    /** The inverse of {@link #encode}: what a runtime computes from the bytes, in float32. */
    void decode(byte[][] planes, int rows, int columns, float[] values);

    /** Bytes of all planes of a tensor. */
    default long bytes(long rows, long columns) {
        long n = 0;
        for (int p = 0; p < planes(); p++) {
            n = Math.addExact(n, Math.multiplyExact(rows, rowBytes(p, columns)));
        }
        return n;
    }
}
