package pennyweight.quantizer.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian bytes of a stored type to float32, exactly. */
public final class Widen {
    /**
     * Numbers that are copied to an array of shorts at a time, so that the loop over it is plain.
     */
    private static final int CHUNK = 2048;

    private Widen() {}

    /** Reads {@code count} bfloat16 numbers from {@code source[from]} on. */
    public static void bf16(byte[] source, int from, float[] target, int at, int count) {
        if (KernelEdition.vectors()) {
            WidenVectors.bf16(source, from, target, at, count);
        } else {
            bf16Scalar(source, from, target, at, count);
        }
    }

    static void bf16Scalar(byte[] source, int from, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            int low = source[from + 2 * i] & 0xFF;
            int high = source[from + 2 * i + 1];
            target[at + i] = Float.intBitsToFloat(high << 24 | low << 16);
        }
    }

    /**
     * Reads {@code count} IEEE binary16 numbers from {@code source[from]} on. One edition: the
     * compiler turns the loop over an array of shorts into vector instructions by itself.
     */
    public static void f16(byte[] source, int from, float[] target, int at, int count) {
        short[] halves = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += halves.length) {
            int n = Math.min(halves.length, count - done);
            ByteBuffer.wrap(source, from + 2 * done, 2 * n)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(halves, 0, n);
            for (int i = 0; i < n; i++) {
                target[at + done + i] = Float.float16ToFloat(halves[i]);
            }
        }
    }

    /** Reads {@code count} float32 numbers from {@code source[from]} on. */
    public static void f32(byte[] source, int from, float[] target, int at, int count) {
        ByteBuffer.wrap(source, from, Math.multiplyExact(count, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(target, at, count);
    }
}
