package pennyweight.formats;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that a user can act on: one line that names the file, the tensor where there is one,
 * the problem and the remedy. Everything else that is thrown is a bug of ours.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why something is refused; the command line gives each its exit code. */
    public enum Kind {
        /** The command itself cannot be meant so. */
        USAGE,
        /** What was read is broken: truncated, lying, incomplete, or holds NaN or Inf. */
        BAD_INPUT,
        /** What was read may be sound, but is of a kind that is not supported. */
        NOT_SUPPORTED,
        /** The output could not be written. */
        COULD_NOT_WRITE
    }

    private final Kind kind;

    private Refusal(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    public static Refusal usage(String problem, String remedy) {
        return new Refusal(Kind.USAGE, problem + "; " + remedy, null);
    }

    public static Refusal badInput(Path file, String problem, String remedy) {
        return new Refusal(Kind.BAD_INPUT, file + ": " + problem + "; " + remedy, null);
    }

    public static Refusal badInput(Path file, String problem, String remedy, Throwable cause) {
        return new Refusal(Kind.BAD_INPUT, file + ": " + problem + "; " + remedy, cause);
    }

    public static Refusal badTensor(Path file, String tensor, String problem, String remedy) {
        return new Refusal(
                Kind.BAD_INPUT, file + ": tensor " + tensor + ": " + problem + "; " + remedy, null);
    }

    public static Refusal notSupported(Path file, String problem, String remedy) {
        return new Refusal(Kind.NOT_SUPPORTED, file + ": " + problem + "; " + remedy, null);
    }

    /** Of a file that the system does not let be written: a full disk, no permission. */
    public static Refusal couldNotWrite(Path file, IOException cause) {
        return couldNotWrite(
                file,
                "cannot be written (" + cause.getMessage() + ")",
                "check free space and permissions",
                cause);
    }

    public static Refusal couldNotWrite(
            Path file, String problem, String remedy, @Nullable Throwable cause) {
        return new Refusal(Kind.COULD_NOT_WRITE, file + ": " + problem + "; " + remedy, cause);
    }
}
