package pennyweight.formats.gguf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import pennyweight.formats.Bytes;

/** Little-endian bytes: a growing buffer to write them, and reads by position. */
final class LittleEndian {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private byte[] bytes;
    private int size;

    LittleEndian(long expected) {
        bytes = new byte[Math.toIntExact(expected)];
    }

    static short i16(byte[] bytes, int at) {
        return (short) SHORT.get(bytes, at);
    }

    static int i32(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    static long i64(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    int size() {
        return size;
    }

    void u8(int v) {
        int at = next(1);
        bytes[at] = (byte) v;
    }

    void i16(int v) {
        int at = next(Short.BYTES);
        SHORT.set(bytes, at, (short) v);
    }

    void i32(int v) {
        int at = next(Integer.BYTES);
        INT.set(bytes, at, v);
    }

    void i64(long v) {
        int at = next(Long.BYTES);
        LONG.set(bytes, at, v);
    }

    void raw(byte[] added) {
        int at = next(added.length);
        System.arraycopy(added, 0, bytes, at, added.length);
    }

    /** Makes room, and tells where it is. */
    private int next(int length) {
        int at = size;
        size = Math.addExact(at, length);
        if (size > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, 2L * size));
        }
        return at;
    }

    /** A length in bytes (u64), then UTF-8. */
    void string(String s) {
        byte[] utf8 = utf8(s);
        i64(utf8.length);
        raw(utf8);
    }

    /** All that was written. */
    Bytes toBytes() {
        return Bytes.of(bytes, size);
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /**
     * The UTF-8 bytes of a text.
     *
     * @throws IllegalArgumentException if it holds half of a surrogate pair, which UTF-8 cannot
     *     hold
     */
    static byte[] utf8(String s) {
        if (!GgufValue.isText(s)) {
            throw new IllegalArgumentException("no Unicode text: " + s);
        }
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
