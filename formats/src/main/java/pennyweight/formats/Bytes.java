package pennyweight.formats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that nobody changes: a small tensor kept inside the graph, little-endian. */
public final class Bytes {
    private final byte[] bytes;

    private Bytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A copy of {@code bytes}. */
    public static Bytes of(byte[] bytes) {
        return new Bytes(bytes.clone());
    }

    /** A copy of the first {@code length} of {@code bytes}. */
    public static Bytes of(byte[] bytes, int length) {
        return new Bytes(Arrays.copyOf(bytes, length));
    }

    /** A text in UTF-8. */
    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The elements of an int64 tensor. */
    public static Bytes ofLongs(long... values) {
        ByteBuffer b = ByteBuffer.allocate(Math.multiplyExact(values.length, Long.BYTES));
        b.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
        return new Bytes(b.array());
    }

    /** The elements of a float32 tensor. */
    public static Bytes ofFloats(float... values) {
        ByteBuffer b = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
        b.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return new Bytes(b.array());
    }

    /** A copy. */
    public byte[] toArray() {
        return bytes.clone();
    }

    public int length() {
        return bytes.length;
    }

    /** A read-only, little-endian view from the first byte to the last. */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes b && Arrays.equals(bytes, b.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
