package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Blocks of 32 numbers with one scale, value {@code d * (code - top)}: {@code d} (binary16), for
 * Q5_0 the fifth bits of the codes (32 bits, code i at bit i), then the low four bits, the first
 * half of the block in the low nibbles.
 *
 * <p>Without importance weights the number of largest magnitude gets code 0, and the others are
 * rounded half up; with them {@link SymmetricSearch} finds the scale, and d is not applied again
 * after it was rounded.
 */
enum ScaledBlock implements BlockCodec {
    Q4_0(8, 18),
    Q5_0(16, 22);

    static final int SIZE = HalfBytes.SIZE;

    private static final long EACH_BYTE = 0x0101010101010101L;

    /** Multiplied by eight bits, one at the bottom of each byte, has them in its highest byte. */
    private static final long GATHER = 0x0102040810204080L;

    /** Byte i keeps bit i. */
    private static final long DIAGONAL = 0x8040201008040201L;

    final int top;
    final int bytes;

    ScaledBlock(int top, int bytes) {
        this.top = top;
        this.bytes = bytes;
    }

    /** The bits of a code. */
    int bits() {
        return this == Q4_0 ? 4 : 5;
    }

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            ScaledBlockVectors.encode(this, values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    void encodeScalar(float[] values, int from, int blocks, byte[] target, int at) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * SIZE;
            float d = SymmetricSearch.extreme(values, x, SIZE) / -top;
            float inverse = d != 0 ? 1 / d : 0;
            codes(values, x, inverse, codes);
            put(d, codes, 0, target, at + b * bytes);
        }
    }

    /** The codes of a block, whatever its inverse scale. */
    void codes(float[] values, int from, float inverse, byte[] codes) {
        for (int i = 0; i < SIZE; i++) {
            codes[i] = (byte) code(values[from + i] * inverse);
        }
    }

    /**
     * Truncates as C does on x86-64: where 1/d overflowed, the conversion to int gives a number
     * whose low byte is 0, and so does this one.
     */
    int code(float scaled) {
        return Float.isFinite(scaled) ? Math.min(2 * top - 1, (int) (scaled + (top + 0.5f))) : 0;
    }

    @Override
    public void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        if (KernelEdition.vectors()) {
            ScaledBlockVectors.encodeWeighted(
                    this, values, from, rows, rowBlocks, weights, bytes, at);
        } else {
            encodeWeightedScalar(values, from, rows, rowBlocks, weights, bytes, at);
        }
    }

    void encodeWeightedScalar(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] target,
            int at) {
        SymmetricSearch search = new SymmetricSearch(SIZE, top);
        byte[] codes = new byte[SIZE];
        float[] errors = new float[SIZE];
        float[] squares = new float[rows];
        int columns = rowBlocks * SIZE;
        ErrorWeights.sumsOfSquares(values, from, columns, rows, squares);
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * SIZE;
            ErrorWeights.ofScalar(
                    values,
                    x,
                    SIZE,
                    weights,
                    b % rowBlocks * SIZE,
                    squares[b / rowBlocks] / columns,
                    errors,
                    0);
            search.fit(values, x, errors, 0);
            for (int i = 0; i < SIZE; i++) {
                codes[i] = (byte) SymmetricSearch.code(values[x + i], search.codeInverse(), top);
            }
            put(search.scale(), codes, 0, target, at + b * bytes);
        }
    }

    /** Stores a block: its scale and {@code codes[from .. from + 32)}. */
    void put(float d, byte[] codes, int from, byte[] target, int at) {
        LittleEndian.putHalf(target, at, d);
        if (this == Q5_0) {
            LittleEndian.putInt(target, at + 2, fifthBits(codes, from));
        }
        HalfBytes.pack(codes, from, target, at + bytes - HalfBytes.BYTES);
    }

    private static int fifthBits(byte[] codes, int from) {
        int bits = 0;
        for (int i = 0; i < SIZE; i += Long.BYTES) {
            long fifth = (LittleEndian.getLong(codes, from + i) >>> 4) & EACH_BYTE;
            bits |= (int) ((fifth * GATHER) >>> 56) << i;
        }
        return bits;
    }

    @Override
    public void decode(byte[] source, int at, int blocks, float[] values, int from) {
        byte[] codes = new byte[SIZE];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * bytes;
            BitPacking.nibbles(source, p + bytes - HalfBytes.BYTES, HalfBytes.BYTES, codes, 0);
            if (this == Q5_0) {
                addFifthBits(LittleEndian.getInt(source, p + 2), codes);
            }
            Codes.toNumbers(
                    codes,
                    0,
                    SIZE,
                    Codes.UNSIGNED,
                    top,
                    LittleEndian.getHalf(source, p),
                    Codes.NO_BIAS,
                    values,
                    from + b * SIZE);
        }
    }

    /** Adds 16 to each code whose bit is set. */
    private static void addFifthBits(int bits, byte[] codes) {
        for (int i = 0; i < SIZE; i += Long.BYTES) {
            long spread = (((bits >>> i) & 0xff) * EACH_BYTE) & DIAGONAL;
            // A byte that is not 0 reaches 128 by this sum, and none passes on to the next byte.
            long fifth = ((spread + 127 * EACH_BYTE) >>> 7) & EACH_BYTE;
            LittleEndian.putLong(codes, i, LittleEndian.getLong(codes, i) | fifth << 4);
        }
    }
}
