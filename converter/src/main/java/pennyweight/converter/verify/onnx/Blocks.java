package pennyweight.converter.verify.onnx;

/** Codes of {@code bits} bits in blocks of {@code size}, low bits first. */
record Blocks(int bits, int size) {
    /** Bytes of a block's codes. */
    int bytes() {
        return size / 8 * bits;
    }

    /** The code at place {@code i} of the codes that begin at {@code start}. */
    int code(byte[] bytes, int start, int i) {
        return bits == 8 ? bytes[start + i] & 0xff : (bytes[start + i / 2] >> (4 * (i & 1))) & 15;
    }

    /** The code of 0: the default zero point. */
    int middle() {
        return 1 << (bits - 1);
    }
}
