package pennyweight.quantizer.encoding;

/**
 * Floats as ints of the same order, -0 below 0: the bits, those but the sign flipped where it is
 * set. A vector of ints is reduced to its least or largest faster than one of floats.
 */
final class OrderedBits {
    /** All bits but the sign. */
    static final int MAGNITUDE = 0x7fffffff;

    private OrderedBits() {}

    /** The float of such an int; the same way back and forth. */
    static float toFloat(int ordered) {
        return Float.intBitsToFloat(ordered ^ (ordered >> 31 & MAGNITUDE));
    }
}
