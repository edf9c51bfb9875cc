package pennyweight.formats.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Little-endian bytes: a growing buffer to write them, and reads by position. */
final class LittleEndian {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private final ByteArrayOutputStream out;

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
        out.write(v);
        out.write(v >> 8);
    }

    void i32(int v) {
        i16(v);
        i16(v >> 16);
    }

    void i64(long v) {
        i32((int) v);
        i32((int) (v >> 32));
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
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(s));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("no Unicode text: " + s, e);
        }
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
