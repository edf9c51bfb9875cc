package pennyweight.formats.gguf;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.json.JsonFile;

/**
 * Reads a header front to back through a small window. Every length is checked against what is left
 * of the file before anything is allocated for it.
 */
final class HeaderCursor {
    /** More than any known model's header has by a factor of eight: bounds the memory taken. */
    static final long MAX_HEADER_BYTES = 128L << 20;

    private static final int WINDOW = 1 << 16;

    /** Where bytes come from. */
    interface Source {
        /** As {@link InputFile#read(long, byte[], int, int)}. */
        void read(long position, byte[] target, int offset, int length);
    }

    private final Path path;
    private final Source source;
    private final long limit;
    private final byte[] window;
    private long windowStart;
    private int windowLength;
    private long position;

    HeaderCursor(Path path, long size, Source source) {
        this(path, size, MAX_HEADER_BYTES, source);
    }

    /** A cursor over a file in which headers and data alternate. */
    static HeaderCursor unlimited(InputFile input) {
        return new HeaderCursor(input.path(), input.size(), Long.MAX_VALUE, input::read);
    }

    private HeaderCursor(Path path, long size, long most, Source source) {
        this.path = path;
        this.source = source;
        this.limit = Math.min(size, most);
        this.window = new byte[(int) Math.min(WINDOW, Math.max(8, size))];
    }

    Path path() {
        return path;
    }

    long position() {
        return position;
    }

    /** Refuses unless {@code count} items of at least {@code bytesEach} bytes can still follow. */
    void require(long count, int bytesEach, String what) {
        long left = limit - position;
        if (count < 0 || count > left / bytesEach) {
            throw refuse(
                    what
                            + " at byte "
                            + position
                            + " claims "
                            + Long.toUnsignedString(count)
                            + " entries, more than the "
                            + left
                            + " bytes left can hold");
        }
    }

    int u8(String what) {
        return window[ensure(1, what)] & 0xFF;
    }

    short i16(String what) {
        return LittleEndian.i16(window, ensure(2, what));
    }

    int i32(String what) {
        return LittleEndian.i32(window, ensure(4, what));
    }

    long i64(String what) {
        return LittleEndian.i64(window, ensure(8, what));
    }

    /** Moves past data that are read elsewhere, and tells where they begin. */
    long skip(long length, String what) {
        require(length, 1, what);
        long at = position;
        position += length;
        return at;
    }

    /** Whether anything follows. */
    boolean hasMore() {
        return position < limit;
    }

    byte[] raw(long length, String what) {
        require(length, 1, what);
        byte[] bytes = new byte[(int) length];
        source.read(position, bytes, 0, bytes.length);
        position += length;
        return bytes;
    }

    String string(String what) {
        return string(i64(what), what);
    }

    /** A text of {@code length} bytes. */
    String string(long length, String what) {
        byte[] bytes;
        require(length, 1, what);
        if (length == 0) {
            return "";
        }
        if (length <= window.length) {
            int at = ensure((int) length, what);
            bytes = java.util.Arrays.copyOfRange(window, at, at + (int) length);
        } else {
            bytes = raw(length, what);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw Refusal.badInput(
                    path,
                    what + " that ends at byte " + position + " is not UTF-8",
                    "the file is damaged: get it again",
                    e);
        }
    }

    Refusal refuse(String problem) {
        return Refusal.badInput(path, problem, "the file is damaged: get it again");
    }

    /** A name from the file, fit for a message: keys can be as long as the header. */
    static String shown(String name) {
        return JsonFile.printable(name.length() <= 100 ? name : name.substring(0, 100) + "...");
    }

    /** Moves past {@code length} bytes and tells where they lie in the window. */
    private int ensure(int length, String what) {
        if (length > limit - position) {
            throw refuse(what + " at byte " + position + " runs past the end of the header");
        }
        if (position < windowStart || position + length > windowStart + windowLength) {
            windowStart = position;
            windowLength = (int) Math.min(window.length, limit - position);
            source.read(windowStart, window, 0, windowLength);
        }
        int at = (int) (position - windowStart);
        position += length;
        return at;
    }
}
