package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.LittleEndian;

/** Blocks of 32 codes of four bits: the first half in the low nibbles, the second in the high. */
final class HalfBytes {
    /** Codes of a block. */
    static final int SIZE = 32;

    /** Bytes of a block. */
    static final int BYTES = SIZE / 2;

    private static final long NIBBLES = 0x0f0f0f0f0f0f0f0fL;

    private HalfBytes() {}

    /** Packs the low four bits of {@code codes[from .. from + 32)}, one code a byte. */
    static void pack(byte[] codes, int from, byte[] bytes, int at) {
        for (int i = 0; i < BYTES; i += Long.BYTES) {
            long low = LittleEndian.getLong(codes, from + i) & NIBBLES;
            long high = LittleEndian.getLong(codes, from + BYTES + i) & NIBBLES;
            LittleEndian.putLong(bytes, at + i, low | high << 4);
        }
    }
}
