package pennyweight.quantizer.encoding;

/** How the codes of the scales and offsets of a block's sub-blocks share bytes. */
enum ScalePacking {
    /** A byte for each of 16 sub-blocks: the scale in the low nibble, the offset in the high. */
    FOUR_BITS(16, 15) {
        @Override
        void put(int[] scales, int[] offsets, byte[] bytes, int at) {
            for (int j = 0; j < scales.length; j++) {
                bytes[at + j] = (byte) (scales[j] | offsets[j] << 4);
            }
        }

        @Override
        int scale(byte[] bytes, int at, int j) {
            return bytes[at + j] & 15;
        }

        @Override
        int offset(byte[] bytes, int at, int j) {
            return bytes[at + j] >> 4 & 15;
        }
    },
    /**
     * 12 bytes for 8 sub-blocks: the low 6 bits of bytes 0..3 are the first four scales, of bytes
     * 4..7 the first four offsets; bytes 8..11 are the low nibbles of the last four, scale and
     * offset, whose high 2 bits fill up bytes 0..3 and 4..7.
     */
    SIX_BITS(8, 63) {
        @Override
        void put(int[] scales, int[] offsets, byte[] bytes, int at) {
            for (int j = 0; j < 4; j++) {
                bytes[at + j] = (byte) (scales[j] | scales[j + 4] >> 4 << 6);
                bytes[at + j + 4] = (byte) (offsets[j] | offsets[j + 4] >> 4 << 6);
                bytes[at + j + 8] = (byte) ((scales[j + 4] & 15) | (offsets[j + 4] & 15) << 4);
            }
        }

        @Override
        int scale(byte[] bytes, int at, int j) {
            return j < 4
                    ? bytes[at + j] & 63
                    : (bytes[at + j + 4] & 15) | (bytes[at + j - 4] >> 6 & 3) << 4;
        }

        @Override
        int offset(byte[] bytes, int at, int j) {
            return j < 4
                    ? bytes[at + j + 4] & 63
                    : (bytes[at + j + 4] >> 4 & 15) | (bytes[at + j] >> 6 & 3) << 4;
        }
    };

    private final int subs;
    private final int top;

    ScalePacking(int subs, int top) {
        this.subs = subs;
        this.top = top;
    }

    /** Sub-blocks of a block. */
    int subs() {
        return subs;
    }

    /** The largest code. */
    int top() {
        return top;
    }

    /** Stores the codes, one a sub-block; one above the top spills as it does in ggml. */
    abstract void put(int[] scales, int[] offsets, byte[] bytes, int at);

    /** The code of the scale of sub-block {@code j}. */
    abstract int scale(byte[] bytes, int at, int j);

    /** The code of the offset of sub-block {@code j}. */
    abstract int offset(byte[] bytes, int at, int j);
}
