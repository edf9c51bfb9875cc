package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/** Codes of a few bits as one little-endian bit stream, eight codes at a time. */
final class BitPacking {
    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long EACH_SHORT = 0x0001000100010001L;
    private static final long EACH_INT = 0x0000000100000001L;
    private static final long EVEN_BYTES = 0x00ff00ff00ff00ffL;
    private static final long EVEN_SHORTS = 0x0000ffff0000ffffL;
    private static final long LOWER_HALF = 0x00000000ffffffffL;

    private BitPacking() {}

    /**
     * Packs the first {@code count} of {@code codes}, one a byte and a multiple of eight, from
     * {@code bytes[at]} on: eight codes fill {@code bits} bytes.
     */
    static void pack(byte[] codes, int count, int bits, byte[] bytes, int at) {
        int packed =
                bits == 4 && KernelEdition.vectors()
                        ? BitPackingVectors.nibbles(codes, count, bytes, at)
                        : 0;
        packScalar(codes, packed, count, bits, bytes, at + packed / 8 * bits);
    }

    /**
     * Packs {@code codes[from .. to)}. Eight codes are gathered in three steps: the one instruction
     * for it is slow where a processor lacks it, as most of ARM do.
     */
    static void packScalar(byte[] codes, int from, int to, int bits, byte[] bytes, int at) {
        long mask = EACH_BYTE * ((1 << bits) - 1);
        int end = at + (to - from) / 8 * bits;
        int p = at;
        for (int i = from; i < to; i += Long.BYTES) {
            long packed = LittleEndian.getLong(codes, i) & mask;
            packed = (packed & EVEN_BYTES) | (packed & ~EVEN_BYTES) >>> (8 - bits);
            packed = (packed & EVEN_SHORTS) | (packed & ~EVEN_SHORTS) >>> (16 - 2 * bits);
            packed = (packed & LOWER_HALF) | (packed & ~LOWER_HALF) >>> (32 - 4 * bits);
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
        long four = (1L << (4 * bits)) - 1;
        long pair = EACH_INT * ((1L << (2 * bits)) - 1);
        long single = EACH_SHORT * ((1L << bits) - 1);
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
            packed = (packed & four) | (packed & (four << (4 * bits))) << (32 - 4 * bits);
            packed = (packed & pair) | (packed & (pair << (2 * bits))) << (16 - 2 * bits);
            packed = (packed & single) | (packed & (single << bits)) << (8 - bits);
            LittleEndian.putLong(codes, i, packed);
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
