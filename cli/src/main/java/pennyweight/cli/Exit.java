package pennyweight.cli;

import pennyweight.formats.Refusal;

/** The exit codes, as every {@code --help} lists them. */
final class Exit {
    static final int GOOD = 0;
    static final int FAILED_VERDICT = 1;
    static final int USAGE = 2;
    static final int BAD_INPUT = 3;
    static final int NOT_SUPPORTED = 4;
    static final int COULD_NOT_WRITE = 5;

    /** A bug of ours: EX_SOFTWARE of sysexits.h. */
    static final int BUG = 70;

    /** What shells report of a program that Ctrl-C ended: 128 + SIGINT. */
    static final int INTERRUPTED = 130;

    private Exit() {}

    static int of(Refusal.Kind kind) {
        return switch (kind) {
            case USAGE -> USAGE;
            case BAD_INPUT -> BAD_INPUT;
            case NOT_SUPPORTED -> NOT_SUPPORTED;
            case COULD_NOT_WRITE -> COULD_NOT_WRITE;
        };
    }
}
