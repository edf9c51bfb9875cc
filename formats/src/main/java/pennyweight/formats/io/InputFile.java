package pennyweight.formats.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import pennyweight.formats.Refusal;

/**
 * A file that is read by position, from any thread. Not mapped: pages of a mapping count as
 * resident memory, and a file cut short under a mapping kills the JVM instead of giving an error.
 */
public final class InputFile implements Closeable {
    private final Path path;
    private final FileChannel channel;
    private final long size;

    private InputFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /** Opens a file for reading; throws {@link Refusal} where it is missing or unreadable. */
    public static InputFile open(Path path) {
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new InputFile(path, channel, channel.size());
        } catch (NoSuchFileException e) {
            throw Refusal.badInput(path, "no such file", "check the path, or download it again", e);
        } catch (IOException e) {
            throw Refusal.badInput(
                    path, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }

    public Path path() {
        return path;
    }

    public long size() {
        return size;
    }

    /**
     * Fills {@code length} bytes of {@code target} from {@code offset} on with the bytes at {@code
     * position}.
     */
    public void read(long position, byte[] target, int offset, int length) {
        if (position < 0 || position > size - length) {
            throw Refusal.badInput(
                    path,
                    "holds " + size + " bytes, but " + length + " are wanted at " + position,
                    "the file is cut short: download or write it again");
        }
        ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
        try {
            while (buffer.hasRemaining()) {
                int n = channel.read(buffer, position + buffer.position() - offset);
                if (n < 0) {
                    throw Refusal.badInput(
                            path, "was cut short while it was read", "download or write it again");
                }
            }
        } catch (IOException e) {
            throw Refusal.badInput(
                    path, "cannot be read (" + e.getMessage() + ")", "check the disk", e);
        }
    }

    /** The {@code length} bytes at {@code position}. */
    public byte[] read(long position, int length) {
        byte[] bytes = new byte[length];
        read(position, bytes, 0, length);
        return bytes;
    }

    /** The SHA-256 of all bytes, in hexadecimal. */
    public String sha256() {
        return new RunningSha256(this).finish();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Refusal.badInput(
                    path, "cannot be closed (" + e.getMessage() + ")", "check the disk", e);
        }
    }
}
