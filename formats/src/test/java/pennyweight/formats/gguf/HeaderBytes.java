package pennyweight.formats.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of a file, written as the specification words it, sound or not. */
final class HeaderBytes {
    static final int U8 = 0;
    static final int U32 = 4;
    static final int I32 = 5;
    static final int BOOL = 7;
    static final int STRING = 8;
    static final int ARRAY = 9;
    static final int U64 = 10;

    private final ByteBuffer b = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    static HeaderBytes header(int version, long tensors, long keys) {
        HeaderBytes bytes = new HeaderBytes();
        bytes.b.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(version);
        return bytes.i64(tensors).i64(keys);
    }

    HeaderBytes u8(int v) {
        b.put((byte) v);
        return this;
    }

    HeaderBytes i32(int v) {
        b.putInt(v);
        return this;
    }

    HeaderBytes i64(long v) {
        b.putLong(v);
        return this;
    }

    HeaderBytes f32(float... values) {
        for (float v : values) {
            b.putFloat(v);
        }
        return this;
    }

    HeaderBytes text(String s) {
        byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
        b.putLong(utf8.length).put(utf8);
        return this;
    }

    /** A text with its length in 32 bits, as files without magic have it. */
    HeaderBytes shortText(String s) {
        byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
        b.putInt(utf8.length).put(utf8);
        return this;
    }

    /** A tensor with its dimensions innermost first. */
    HeaderBytes tensor(String name, int type, long offset, long... ne) {
        text(name).i32(ne.length);
        for (long n : ne) {
            i64(n);
        }
        return i32(type).i64(offset);
    }

    HeaderBytes pad(int alignment) {
        while (b.position() % alignment != 0) {
            b.put((byte) 0);
        }
        return this;
    }

    HeaderBytes zeros(int n) {
        b.put(new byte[n]);
        return this;
    }

    byte[] done() {
        return Arrays.copyOf(b.array(), b.position());
    }
}
