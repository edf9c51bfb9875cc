package pennyweight.converter.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/** A written file: its path below the output folder, its length, its SHA-256 in hexadecimal. */
public record FileDigest(Path path, long bytes, String sha256) {
    /** Reads the file at {@code path} below {@code folder}. */
    public static FileDigest of(Path folder, Path path) {
        try (InputFile input = InputFile.open(folder.resolve(path))) {
            return new FileDigest(path, input.size(), input.sha256());
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
