package pennyweight.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Consumer;
import pennyweight.converter.work.KernelWarmUp;
import pennyweight.quantizer.encoding.Encoding;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root command. */
@Command(
        name = "pennyweight",
        description = "Turns Hugging Face models into phone-sized files, with a verdict for each.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            ConvertCommand.class,
            InspectCommand.class,
            VerifyCommand.class,
            LogitsCommand.class,
            AutoComplete.GenerateCompletion.class,
            CommandLine.HelpCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  pennyweight convert Qwen3.5-0.8B                    three formats at 4 bits",
            "  pennyweight inspect Qwen3.5-0.8B                    what is in a checkpoint",
            "  pennyweight verify Qwen3.5-0.8B-4bit --against Qwen3.5-0.8B",
            "  pennyweight generate-completion > pennyweight.bash  completion for bash and zsh"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all good",
            "1:a verdict failed",
            "2:the command line is wrong",
            "3:the input is missing, broken or contradicts itself",
            "4:the input is of a kind that is not supported",
            "5:the output could not be written",
            "70:a bug of Pennyweight",
            "130:interrupted (Ctrl-C or TERM); nothing that was begun is left"
        })
public final class Main implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of an error too.")
    private boolean debug;

    private final Interruption interruption;
    private final Consumer<Set<Encoding>> warmUp;

    Main(Interruption interruption) {
        this(interruption, _ -> {});
    }

    private Main(Interruption interruption, Consumer<Set<Encoding>> warmUp) {
        this.interruption = interruption;
        this.warmUp = warmUp;
    }

    /** Runs the command line and ends the process with its exit status. */
    public static void main(String[] arguments) {
        Interruption interruption = Interruption.ofThisProcess();
        int code =
                run(
                        new Main(interruption, KernelWarmUp::begin),
                        writer(new FileOutputStream(FileDescriptor.out)),
                        writer(
                                interruption.untilInterrupted(
                                        new FileOutputStream(FileDescriptor.err))),
                        arguments);
        interruption.end();
        System.exit(code);
    }

    /** JSON is UTF-8, whatever the locale is. */
    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /**
     * Runs the command line.
     *
     * @return the exit status
     */
    static int run(
            Interruption interruption, PrintWriter out, PrintWriter err, String... arguments) {
        return run(new Main(interruption), out, err, arguments);
    }

    private static int run(Main main, PrintWriter out, PrintWriter err, String... arguments) {
        Failures failures = new Failures(main.interruption, () -> main.debug);
        CommandLine line = new CommandLine(main);
        line.setOut(out);
        line.setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(failures);
        line.setExecutionExceptionHandler(failures);
        // Options keep their order in --help: the most used come first.
        keepOrder(line);
        line.getSubcommands().values().forEach(Main::keepOrder);
        try {
            return line.execute(arguments);
        } catch (Error e) {
            return failures.report(e, err);
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static void keepOrder(CommandLine line) {
        line.getCommandSpec().usageMessage().sortOptions(false);
        line.getCommandSpec().usageMessage().width(100);
    }

    /** What a command must be able to undo. */
    Interruption interruption() {
        return interruption;
    }

    /**
     * Readies the process for encodings that it will need; one of many runs in a process does not.
     */
    void warmUp(Set<Encoding> encodings) {
        warmUp.accept(encodings);
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    /** The version the jar's manifest states; classes run outside the jar have none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"pennyweight " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
