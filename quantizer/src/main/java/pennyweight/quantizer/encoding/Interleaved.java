package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * A run of bytes that holds some bits of {@code parts} runs of codes: byte {@code at + i} has, from
 * its bit {@code p * bits} on, the bits from {@code drop} on of code {@code from + p * width + i}.
 *
 * @param width bytes, a multiple of eight
 * @param parts codes that share a byte
 * @param bits how many of a code
 * @param drop the first of them
 */
record Interleaved(int from, int width, int parts, int bits, int drop, int at) {
    private static final long EACH_BYTE = 0x0101010101010101L;

    /** Packs codes, one a byte, into the block at {@code block}. */
    void pack(byte[] codes, byte[] bytes, int block) {
        if (KernelEdition.vectors() && width % Lanes.LONG_BYTES.length() == 0) {
            InterleavedVectors.pack(this, codes, bytes, block);
        } else {
            packScalar(codes, bytes, block);
        }
    }

    /** The bits of a code, in each byte of eight. */
    long mask() {
        return EACH_BYTE * ((1 << bits) - 1);
    }

    void packScalar(byte[] codes, byte[] bytes, int block) {
        long mask = mask();
        for (int i = 0; i < width; i += Long.BYTES) {
            long packed = 0;
            for (int p = 0; p < parts; p++) {
                long part = LittleEndian.getLong(codes, from + p * width + i);
                packed |= (part >>> drop & mask) << (p * bits);
            }
            LittleEndian.putLong(bytes, block + at + i, packed);
        }
    }

    /** Adds the bits to codes, one a byte, that have none of them yet. */
    void unpack(byte[] bytes, int block, byte[] codes) {
        long mask = mask();
        for (int i = 0; i < width; i += Long.BYTES) {
            long packed = LittleEndian.getLong(bytes, block + at + i);
            for (int p = 0; p < parts; p++) {
                int c = from + p * width + i;
                long part = (packed >>> (p * bits) & mask) << drop;
                LittleEndian.putLong(codes, c, LittleEndian.getLong(codes, c) | part);
            }
        }
    }
}
