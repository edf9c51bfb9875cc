package pennyweight.quantizer.encoding;

/** The two roundings of the reference quantizers, as they behave outside their range too. */
final class Rounding {
    /** 1.5 * 2^23: added to a small float it leaves the rounded integer in the low bits. */
    static final float MAGIC = 12582912f;

    /** The lowest byte of them is 0. */
    static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);

    static final int MANTISSA = 0x007fffff;
    static final int MAGIC_MANTISSA = 0x00400000;

    private Rounding() {}

    /**
     * Half to even for |v| &lt;= 4194303, by ggml's {@code nearest_int}; what it makes of anything
     * larger is what ggml makes of it.
     */
    static int nearest(float v) {
        return (Float.floatToRawIntBits(v + MAGIC) & MANTISSA) - MAGIC_MANTISSA;
    }

    /** Half to even, between {@code low} and {@code high}. */
    static int nearest(float v, int low, int high) {
        return Math.max(low, Math.min(high, nearest(v)));
    }

    /** Half away from zero, C's {@code roundf}, of a v whose result fits an int. */
    static int halfAway(float v) {
        int whole = (int) v;
        float rest = v - whole;
        if (rest >= 0.5f) {
            return whole + 1;
        }
        return rest <= -0.5f ? whole - 1 : whole;
    }
}
