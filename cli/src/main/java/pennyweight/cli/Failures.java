package pennyweight.cli;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import pennyweight.formats.Refusal;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever was thrown into one line on stderr and an exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private final Interruption interruption;
    private final BooleanSupplier debug;

    Failures(Interruption interruption, BooleanSupplier debug) {
        this.interruption = interruption;
        this.debug = debug;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        String name = line.getCommandSpec().qualifiedName();
        String problem = String.valueOf(e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            problem +=
                    "; did you mean "
                            + String.join(
                                    ", ", unmatched.getSuggestions().stream().limit(3).toList())
                            + "?";
        }
        line.getErr().println("pennyweight: " + oneLine(problem) + "; see " + name + " --help");
        trace(e, line.getErr());
        return Exit.USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
        return report(e, line.getErr());
    }

    /** Prints the line. */
    int report(Throwable e, PrintWriter err) {
        interruption.awaitHalt();
        int code = Exit.BUG;
        if (e instanceof Refusal refusal) {
            err.println("pennyweight: " + oneLine(String.valueOf(refusal.getMessage())));
            code = Exit.of(refusal.kind());
        } else if (e instanceof OutOfMemoryError) {
            err.println(
                    "pennyweight: out of memory ("
                            + oneLine(String.valueOf(e.getMessage()))
                            + "); give fewer --jobs, or more memory with PENNYWEIGHT_JAVA_OPTS=-Xmx2g");
        } else {
            err.println(
                    "pennyweight: this is a bug of Pennyweight ("
                            + oneLine(e.toString())
                            + "); please report it with what --debug prints");
        }
        trace(e, err);
        return code;
    }

    private void trace(Throwable e, PrintWriter err) {
        if (debug.getAsBoolean()) {
            e.printStackTrace(err);
        }
    }

    /** Names of files and tensors may hold line ends and worse. */
    private static String oneLine(String message) {
        StringBuilder line = new StringBuilder();
        message.codePoints()
                .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c)
                .forEach(line::appendCodePoint);
        return line.toString();
    }
}
