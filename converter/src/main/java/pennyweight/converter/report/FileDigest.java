package pennyweight.converter.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/** A written file: its path below the output folder, its length, its SHA-256 in hexadecimal. */
public record FileDigest(Path path, long bytes, String sha256) {
    private static final int CHUNK = 1 << 20;

    /** Reads the file at {@code path} below {@code folder}. */
    public static FileDigest of(Path folder, Path path) {
        try (InputFile input = InputFile.open(folder.resolve(path))) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, input.size()))];
            for (long at = 0; at < input.size(); at += chunk.length) {
                int n = (int) Math.min(chunk.length, input.size() - at);
                input.read(at, chunk, 0, n);
                sha256.update(chunk, 0, n);
            }
            return new FileDigest(path, input.size(), HexFormat.of().formatHex(sha256.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The line that sha256sum would write. */
    public String line() {
        return sha256 + "  " + path.toString().replace('\\', '/') + "\n";
    }

    static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(
                    file,
                    "cannot be written (" + e.getMessage() + ")",
                    "check free space and permissions",
                    e);
        }
    }
}
