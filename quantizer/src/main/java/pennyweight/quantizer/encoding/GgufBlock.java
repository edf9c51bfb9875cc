package pennyweight.quantizer.encoding;

/**
 * Rows of GGUF blocks: one plane, each block a fixed number of values in a fixed number of bytes.
 * The bytes are those llama-quantize writes, with an importance matrix and without (on x86-64,
 * whose build fuses no multiply-add).
 */
public record GgufBlock(Type type) implements Encoding {
    /** A block type, named as GGUF names it. */
    public enum Type {
        Q4_0(32, 18, 4, 8),
        Q4_1(32, 20, 4, 1),
        Q5_0(32, 22, 5, 16),
        Q5_1(32, 24, 5, 1),
        Q8_0(32, 34, 8, 127),
        Q2_K(256, 84, 2, 15),
        /**
         * As of Q6_K and the IQ4 types, beyond its reach the squares of the scale search overflow
         * float32, long before the scale does.
         */
        Q3_K(256, 110, 3, 4),
        Q4_K(256, 144, 4, 63),
        Q5_K(256, 176, 5, 63),
        Q6_K(256, 210, 6, 4),
        IQ4_NL(32, 18, 4, 4),
        IQ4_XS(256, 136, 4, 4);

        private final int blockSize;
        private final int blockBytes;
        private final int bits;
        private final int reach;

        /**
         * Describes a type.
         *
         * @param reach the largest number that a block holds, in units of the largest float16
         */
        Type(int blockSize, int blockBytes, int bits, int reach) {
            this.blockSize = blockSize;
            this.blockBytes = blockBytes;
            this.bits = bits;
            this.reach = reach;
        }

        private BlockCodec codec() {
            return switch (this) {
                case Q4_0 -> ScaledBlock.Q4_0;
                case Q4_1 -> new OffsetBlock(4);
                case Q5_0 -> ScaledBlock.Q5_0;
                case Q5_1 -> new OffsetBlock(5);
                case Q8_0 -> new Q80();
                case Q2_K -> new AffineCodec(AffineType.Q2_K);
                case Q3_K -> new Q3K();
                case Q4_K -> new AffineCodec(AffineType.Q4_K);
                case Q5_K -> new AffineCodec(AffineType.Q5_K);
                case Q6_K -> new Q6K();
                case IQ4_NL -> new Iq4Nl();
                case IQ4_XS -> new Iq4Xs();
            };
        }

        /** Numbers in a block. */
        public int blockSize() {
            return blockSize;
        }

        /** Bytes of a block. */
        public int blockBytes() {
            return blockBytes;
        }
    }

    @Override
    public String label() {
        return type.name();
    }

    @Override
    public int bits() {
        return type.bits;
    }

    @Override
    public float largest() {
        return new Plain(Plain.Type.F16).largest() * type.reach;
    }

    @Override
    public int planes() {
        return 1;
    }

    @Override
    public boolean takes(long columns) {
        return columns > 0 && columns % type.blockSize == 0;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return Math.multiplyExact(columns / type.blockSize, type.blockBytes);
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        Tiles.check(this, values, rows, columns, planes);
        type.codec().encode(values, 0, rows * (columns / type.blockSize), planes[0], 0);
    }

    @Override
    public boolean weighs() {
        return type != Type.Q8_0;
    }

    @Override
    public void encode(
            float[] values, int rows, int columns, Importance importance, byte[][] planes) {
        if (!importance.present()) {
            encode(values, rows, columns, planes);
            return;
        }
        Tiles.check(this, values, rows, columns, planes);
        if (importance.columns() != columns) {
            throw new IllegalArgumentException(importance + " for rows of " + columns + " numbers");
        }
        type.codec()
                .encodeWeighted(
                        values,
                        0,
                        rows,
                        columns / type.blockSize,
                        importance.weights(),
                        planes[0],
                        0);
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        Tiles.check(this, values, rows, columns, planes);
        type.codec().decode(planes[0], 0, rows * (columns / type.blockSize), values, 0);
    }
}
