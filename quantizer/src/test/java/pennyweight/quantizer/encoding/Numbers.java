package pennyweight.quantizer.encoding;

import java.util.function.IntToDoubleFunction;

/**
 * Reproducible numbers of every kind that makes a quantizer err. All are exact functions of a seed
 * in float32, so that a script in another language makes the same ones: x = x * 0x5DEECE66D + 0xB
 * modulo 2^48; u = (x / 2^24 - 2^23) / 2^23, which lies in [-1, 1).
 */
enum Numbers {
    UNIFORM,
    /** Most numbers small, some large. */
    SHARP,
    /** Sixteenths: full of ties. */
    COARSE,
    /** Truncated to bfloat16. */
    BF16,
    NEGATIVE,
    POSITIVE,
    /** Subnormal: reciprocals of scales overflow. */
    TINY,
    /** Squares overflow. */
    HUGE,
    ZEROS,
    CONSTANT,
    /** Both ends of a block are equally large. */
    BALANCED,
    SMALL,
    /** About ggml's threshold under which a group is zero. */
    EPS,
    /** Magnitudes fall by 16 every 16 numbers: scales of sub-blocks round to 0. */
    MIXED,
    /** Scales overflow binary16. */
    LARGE;

    float[] of(int count, long seed) {
        float[] u = new float[count];
        long x = seed;
        for (int i = 0; i < count; i++) {
            x = x * 0x5DEECE66DL + 0xB & (1L << 48) - 1;
            u[i] = (float) ((x >> 24) - (1 << 23)) / (1 << 23);
        }
        return switch (this) {
            case UNIFORM -> u;
            case SHARP -> map(u, i -> u[i] * u[i] * u[i]);
            case COARSE -> map(u, i -> Math.rint(u[i] * 16f) / 16);
            case BF16 -> map(u, i -> Float.intBitsToFloat(Float.floatToIntBits(u[i]) & 0xffff0000));
            case NEGATIVE -> map(u, i -> -Math.abs(u[i]) - 0.5f);
            case POSITIVE -> map(u, i -> Math.abs(u[i]) + 0.5f);
            case TINY -> map(u, i -> u[i] * 0x1p-130f);
            case HUGE -> map(u, i -> u[i] * 0x1p127f);
            case ZEROS -> map(u, i -> u[i] * 0f);
            case CONSTANT -> map(u, i -> u[i] * 0f + 0.3f);
            case BALANCED -> map(u, i -> i % 2 == 0 ? Math.abs(u[i]) : -Math.abs(u[i - 1]));
            case SMALL -> map(u, i -> u[i] * 0x1p-40f);
            case EPS -> map(u, i -> u[i] * 0x1p-49f);
            case MIXED -> map(u, i -> u[i] * (float) Math.scalb(1.0, -4 * (i / 16 % 12)));
            case LARGE -> map(u, i -> u[i] * 0x1p40f);
        };
    }

    private static float[] map(float[] u, IntToDoubleFunction f) {
        float[] w = new float[u.length];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) f.applyAsDouble(i);
        }
        return w;
    }
}
