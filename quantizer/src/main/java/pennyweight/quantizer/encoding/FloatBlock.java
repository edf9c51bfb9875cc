package pennyweight.quantizer.encoding;

/**
 * MLX's floating-point modes: groups of small floats along a row with a scale of one byte. Planes:
 * 0 = codes, a little-endian bit stream of a row seen as U32 words; 1 = scales, {@code [rows,
 * columns / group]} bytes.
 *
 * @param weights the type of the weights, in which MLX computes codes
 */
public record FloatBlock(Mode mode, Plain.Type weights) implements Encoding {
    /** Which floats and scales. */
    public enum Mode {
        /** Floats e2m1, scales e8m0, groups of 32. */
        MXFP4(4, 32),
        /** Floats e4m3, scales e8m0, groups of 32. */
        MXFP8(8, 32),
        /** Floats e2m1, scales e4m3, groups of 16. */
        NVFP4(4, 16);

        private final int bits;
        private final int group;

        Mode(int bits, int group) {
            this.bits = bits;
            this.group = group;
        }
    }

    @Override
    public String label() {
        return mode.name().toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public int bits() {
        return mode.bits;
    }

    @Override
    public int planes() {
        return 2;
    }

    @Override
    public boolean takes(long columns) {
        return columns > 0 && columns % mode.group == 0;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return plane == 0 ? columns / 8 * mode.bits : columns / mode.group;
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        throw new UnsupportedOperationException();
    }
}
