package pennyweight.quantizer.encoding;

/**
 * Floats of four and eight bits: e2m1 (0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives) and e4m3
 * (four bits of exponent, three of mantissa, the largest is 448), as MLX converts them on a CPU.
 */
final class SmallFloats {
    static final float E2M1_LARGEST = 6;
    static final float E4M3_LARGEST = 448;

    /** Below it e4m3 is subnormal. */
    static final int E4M3_NORMAL = 121 << 23;

    /** 2^14, whose last bit counts 2^-9, the smallest e4m3. */
    static final int E4M3_MAGIC = 141 << 23;

    /** What takes a float's exponent to that of e4m3, and rounds up what is above one half. */
    static final int E4M3_SHIFT = ((7 - 127) << 23) + 0x7ffff;

    /** The code of 448. */
    static final int E4M3_TOP = 0x7e;

    private static final float[] E2M1 = {
        0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f
    };

    private static final float[] E4M3 = new float[256];

    static {
        for (int code = 0; code < E4M3.length; code++) {
            // As MLX does it by way of float16: the code of NaN becomes 480.
            float magnitude = Float.float16ToFloat((short) ((code & 0x7f) << 7)) * 256;
            E4M3[code] = code < 0x80 ? magnitude : -magnitude;
        }
    }

    private SmallFloats() {}

    /** The numbers of all codes of four or of eight bits. */
    static float[] numbers(int bits) {
        return bits == 4 ? E2M1 : E4M3;
    }

    /**
     * The code of the nearest e2m1: of several as near, by differences in float32, the smallest
     * magnitude, and never -0.
     */
    static byte e2m1(float value) {
        float v = Math.abs(value);
        int code = 0;
        for (int c = 1; c < 8; c++) {
            if (Math.abs(v - E2M1[c]) < Math.abs(v - E2M1[code])) {
                code = c;
            }
        }
        return (byte) (value < 0 && code > 0 ? code | 8 : code);
    }

    /** The code of the nearest e4m3, half to even, at most 448; -0 stays. */
    static byte e4m3(float value) {
        int bits = Float.floatToRawIntBits(value);
        int magnitude = bits & 0x7fffffff;
        int code;
        if (magnitude < E4M3_NORMAL) {
            float shifted = Float.intBitsToFloat(magnitude) + Float.intBitsToFloat(E4M3_MAGIC);
            code = Float.floatToRawIntBits(shifted) - E4M3_MAGIC;
        } else {
            code = (magnitude + E4M3_SHIFT + ((magnitude >>> 20) & 1)) >>> 20;
        }
        if (Float.intBitsToFloat(magnitude) >= E4M3_LARGEST) {
            code = E4M3_TOP;
        }
        return (byte) (code | (bits >>> 24 & 0x80));
    }

    /** The number of a code of e4m3. */
    static float e4m3(byte code) {
        return E4M3[code & 0xff];
    }
}
