package pennyweight.formats.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import pennyweight.formats.Refusal;

/**
 * A new file of a length known beforehand, written by position, from any thread. It is given its
 * full length at once: parallel writes into a presized file are twice as fast, and a hole reads as
 * zeros, which is what padding wants.
 */
public final class OutputFile implements Closeable {
    private final Path path;
    private final FileChannel channel;
    private final long size;

    private OutputFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /** Creates {@code path}, which must not exist, with {@code size} bytes of zeros. */
    public static OutputFile create(Path path, long size) {
        try {
            FileChannel channel =
                    FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            if (size > 0) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
            return new OutputFile(path, channel, size);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(path, e);
        }
    }

    public Path path() {
        return path;
    }

    public long size() {
        return size;
    }

    /** Writes {@code length} bytes of {@code source} from {@code offset} on at {@code position}. */
    public void write(long position, byte[] source, int offset, int length) {
        write(position, ByteBuffer.wrap(source, offset, length));
    }

    /** Writes what remains of {@code source} at {@code position}. */
    public void write(long position, ByteBuffer source) {
        int length = source.remaining();
        if (position < 0 || position > size - length) {
            throw new IllegalArgumentException(
                    path
                            + ": "
                            + length
                            + " bytes at "
                            + position
                            + " do not fit "
                            + size
                            + " bytes");
        }
        try {
            while (source.hasRemaining()) {
                channel.write(source, position + length - source.remaining());
            }
        } catch (IOException e) {
            throw Refusal.couldNotWrite(path, e);
        }
    }

    /** Brings everything written so far to the disk. */
    public void sync() {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(path, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Refusal.couldNotWrite(path, e);
        }
    }
}
