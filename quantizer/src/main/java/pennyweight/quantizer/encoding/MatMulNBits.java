package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * Weights of ONNX Runtime's {@code com.microsoft::MatMulNBits} without zero points: blocks along a
 * row, value {@code scale * (code - 2^(bits-1))}. Planes: 0 = codes {@code [rows, blocks, block *
 * bits / 8]}, low bits first; 1 = scales, float32 {@code [rows, blocks]}. The last block of a row
 * is padded with codes 0, which no runtime reads.
 *
 * <p>The bits are those of ONNX Runtime's default symmetric quantizer ({@code
 * quantize_matmul_4bits} and {@code _8bits}): the number of largest magnitude gets code 0, the
 * negative one where both ends are as large; so a scale may be negative.
 *
 * @param bits 4 or 8
 * @param block 16, 32, 64, 128 or 256 numbers: what every release accepts
 */
public record MatMulNBits(int bits, int block) implements Encoding {
    static final int CODES = 0;
    static final int SCALES = 1;

    /** Throws {@link IllegalArgumentException} for what ONNX Runtime does not run. */
    public MatMulNBits {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("MatMulNBits takes 4 or 8 bits, not " + bits);
        }
        if (block < 16 || block > 256 || Integer.bitCount(block) != 1) {
            throw new IllegalArgumentException(
                    "MatMulNBits takes blocks of 16, 32, 64, 128, 256, not " + block);
        }
    }

    @Override
    public String label() {
        return "MatMulNBits " + bits + "-bit b" + block;
    }

    @Override
    public int planes() {
        return 2;
    }

    @Override
    public boolean takes(long columns) {
        return columns > 0;
    }

    /** Blocks of a row of {@code columns} numbers: the last may be padded. */
    public long blocks(long columns) {
        return Math.ceilDiv(columns, (long) block);
    }

    /** Bytes of the codes of a block. */
    public int blockBytes() {
        return block / 8 * bits;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return Math.multiplyExact(blocks(columns), plane == CODES ? blockBytes() : Float.BYTES);
    }

    /** The default zero point: the code of 0. */
    int middle() {
        return 1 << (bits - 1);
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        Tiles.check(this, values, rows, columns, planes);
        if (KernelEdition.vectors()) {
            MatMulNBitsVectors.encode(this, values, rows, columns, planes);
        } else {
            encodeScalar(values, rows, columns, planes);
        }
    }

    void encodeScalar(float[] values, int rows, int columns, byte[][] planes) {
        int blocks = (int) blocks(columns);
        int[] codes = new int[block];
        for (int r = 0; r < rows; r++) {
            for (int b = 0; b < blocks; b++) {
                int from = r * columns + b * block;
                int size = Math.min(block, columns - b * block);
                int index = r * blocks + b;
                encodeBlock(values, from, size, codes, planes, index);
            }
        }
    }

    void encodeBlock(float[] values, int from, int size, int[] codes, byte[][] planes, int index) {
        float min = values[from];
        float max = min;
        for (int i = 1; i < size; i++) {
            float v = values[from + i];
            min = v < min ? v : min;
            max = v > max ? v : max;
        }
        float inverse = putScale(min, max, planes[SCALES], index);
        float middle = middle();
        float top = 2 * middle - 1;
        for (int i = 0; i < block; i++) {
            float code = i < size ? values[from + i] * inverse + middle : 0;
            codes[i] = Rounding.halfAway(Math.min(Math.max(code, 0f), top));
        }
        pack(codes, planes[CODES], index * blockBytes());
    }

    /** Stores the scale of a block between {@code min} and {@code max}; returns its reciprocal. */
    float putScale(float min, float max, byte[] scales, int index) {
        float extreme = Math.abs(max) > Math.abs(min) ? max : min;
        float scale = extreme / -middle();
        LittleEndian.putInt(scales, index * Float.BYTES, Float.floatToRawIntBits(scale));
        return scale != 0 ? 1 / scale : 0;
    }

    void pack(int[] codes, byte[] bytes, int at) {
        if (bits == 8) {
            for (int i = 0; i < block; i++) {
                bytes[at + i] = (byte) codes[i];
            }
        } else {
            for (int i = 0; i < block / 2; i++) {
                bytes[at + i] = (byte) (codes[2 * i] | codes[2 * i + 1] << 4);
            }
        }
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        Tiles.check(this, values, rows, columns, planes);
        int blocks = (int) blocks(columns);
        byte[] codes = new byte[block];
        for (int r = 0; r < rows; r++) {
            for (int b = 0; b < blocks; b++) {
                int index = r * blocks + b;
                BitPacking.unpack(planes[CODES], index * blockBytes(), bits, codes, block);
                float scale =
                        Float.intBitsToFloat(
                                LittleEndian.getInt(planes[SCALES], index * Float.BYTES));
                Codes.toNumbers(
                        codes,
                        0,
                        Math.min(block, columns - b * block),
                        Codes.UNSIGNED,
                        middle(),
                        scale,
                        Codes.NO_BIAS,
                        values,
                        r * columns + b * block);
            }
        }
    }
}
