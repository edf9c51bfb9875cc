package pennyweight.formats.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Little-endian bytes: a growing buffer to write them, and reads by position. */
final class LittleEndian {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private final ByteArrayOutputStream out;
    private final byte[] number = new byte[Long.BYTES];

    LittleEndian(long expected) {
        out = new ByteArrayOutputStream(Math.toIntExact(expected));
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
        return out.size();
    }

    void u8(int v) {
        out.write(v);
    }

    void i16(int v) {
        SHORT.set(number, 0, (short) v);
        out.write(number, 0, Short.BYTES);
    }

    void i32(int v) {
        INT.set(number, 0, v);
        out.write(number, 0, Integer.BYTES);
    }

    void i64(long v) {
        LONG.set(number, 0, v);
        out.write(number, 0, Long.BYTES);
    }

    void raw(byte[] bytes) {
        out.writeBytes(bytes);
    }

    /** A length in bytes (u64), then UTF-8. */
    void string(String s) {
        byte[] utf8 = utf8(s);
        i64(utf8.length);
        raw(utf8);
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    /**
     * The UTF-8 bytes of a text.
     *
     * @throws IllegalArgumentException if it holds half of a surrogate pair, which UTF-8 cannot
     *     hold
     */
    static byte[] utf8(String s) {
        byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
        // Half of a pair became a question mark.
        if (!new String(bytes, StandardCharsets.UTF_8).equals(s)) {
            throw new IllegalArgumentException("no Unicode text: " + s);
        }
        return bytes;
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
