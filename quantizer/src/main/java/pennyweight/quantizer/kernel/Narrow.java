package pennyweight.quantizer.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Float32 numbers to little-endian bytes of a stored type, rounded half to even. */
public final class Narrow {
    private Narrow() {}

    /**
     * The bfloat16 bits of a float: half to even; a NaN keeps its sign and its upper bits and
     * becomes quiet, as ggml and PyTorch write it.
     */
    public static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Writes {@code count} numbers from {@code source[from]} on as bfloat16. */
    public static void bf16(float[] source, int from, byte[] target, int at, int count) {
        if (KernelEdition.vectors()) {
            NarrowVectors.bf16(source, from, target, at, count);
        } else {
            bf16Scalar(source, from, target, at, count);
        }
    }

    static void bf16Scalar(float[] source, int from, byte[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            short bits = bf16(source[from + i]);
            target[at + 2 * i] = (byte) bits;
            target[at + 2 * i + 1] = (byte) (bits >> 8);
        }
    }

    /** Writes {@code count} numbers from {@code source[from]} on as IEEE binary16. */
    public static void f16(float[] source, int from, byte[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            LittleEndian.putShort(target, at + 2 * i, Float.floatToFloat16(source[from + i]));
        }
    }

    /** Writes {@code count} numbers from {@code source[from]} on as they are. */
    public static void f32(float[] source, int from, byte[] target, int at, int count) {
        ByteBuffer.wrap(target, at, Math.multiplyExact(count, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(source, from, count);
    }
}
