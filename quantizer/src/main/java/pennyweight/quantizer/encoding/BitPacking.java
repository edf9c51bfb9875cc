package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.LittleEndian;

/** Codes of a few bits as one little-endian bit stream, eight codes at a time. */
final class BitPacking {
    private static final long EACH_BYTE = 0x0101010101010101L;

    private BitPacking() {}

    /**
     * Packs {@code codes}, one a byte and a multiple of eight of them, into {@code length} bytes:
     * eight codes fill {@code bits} bytes, gathered by one instruction where the machine has it.
     */
    static void pack(byte[] codes, int bits, byte[] bytes, int at, int length) {
        long mask = EACH_BYTE * ((1 << bits) - 1);
        int end = at + length;
        int p = at;
        for (int i = 0; i < codes.length; i += Long.BYTES) {
            long packed = Long.compress(LittleEndian.getLong(codes, i), mask);
            if (p + Long.BYTES <= end) {
                // What this writes beyond its own bytes is written again by the next.
                LittleEndian.putLong(bytes, p, packed);
            } else {
                for (int k = 0; k < bits; k++) {
                    bytes[p + k] = (byte) (packed >>> (8 * k));
                }
            }
            p += bits;
        }
    }

    /** The inverse of {@link #pack}: {@code count} codes, a multiple of eight, one a byte. */
    static void unpack(byte[] bytes, int at, int bits, byte[] codes, int count) {
        long mask = EACH_BYTE * ((1 << bits) - 1);
        int p = at;
        for (int i = 0; i < count; i += Long.BYTES) {
            long packed = 0;
            if (p + Long.BYTES <= bytes.length) {
                packed = LittleEndian.getLong(bytes, p);
            } else {
                for (int k = 0; k < bits; k++) {
                    packed |= (bytes[p + k] & 0xffL) << (8 * k);
                }
            }
            LittleEndian.putLong(codes, i, Long.expand(packed, mask));
            p += bits;
        }
    }

    /**
     * The low nibbles of {@code count} bytes to {@code codes[to]} on, the high ones after them; a
     * multiple of eight bytes.
     */
    static void nibbles(byte[] bytes, int at, int count, byte[] codes, int to) {
        long mask = EACH_BYTE * 15;
        for (int i = 0; i < count; i += Long.BYTES) {
            long pairs = LittleEndian.getLong(bytes, at + i);
            LittleEndian.putLong(codes, to + i, pairs & mask);
            LittleEndian.putLong(codes, to + count + i, (pairs >>> 4) & mask);
        }
    }
}
