package pennyweight.formats.io;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 of a file, computed from its start on as far as wanted. For one thread at a time. */
public final class RunningSha256 {
    private static final int CHUNK = 1 << 18;

    private final InputFile file;
    private final MessageDigest digest;
    private final byte[] chunk;
    private long position;

    public RunningSha256(InputFile file) {
        this.file = file;
        this.chunk = new byte[(int) Math.min(CHUNK, file.size())];
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** How many bytes are digested. */
    public long position() {
        return position;
    }

    /** Reads and digests the bytes up to {@code end}, which must not change any more. */
    public void advance(long end) {
        while (position < end) {
            int n = (int) Math.min(chunk.length, end - position);
            file.read(position, chunk, 0, n);
            digest.update(chunk, 0, n);
            position += n;
        }
    }

    /** The SHA-256 of the whole file, in hexadecimal; to be called once. */
    public String finish() {
        advance(file.size());
        return HexFormat.of().formatHex(digest.digest());
    }
}
