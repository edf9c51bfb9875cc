package pennyweight.converter.run;

import java.nio.file.Path;

/** A written file: its path below the output folder, its length, its SHA-256 in hexadecimal. */
public record FileDigest(Path path, long bytes, String sha256) {
    /** The line that sha256sum would write. */
    public String line() {
        return sha256 + "  " + path.toString().replace('\\', '/') + "\n";
    }
}
