package pennyweight.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The root command. */
@Command(
        name = "pennyweight",
        description = "Turns Hugging Face models into phone-sized files, with a verdict for each.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with its exit status. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    /** The version the jar's manifest states; classes run outside the jar have none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "pennyweight " + Objects.requireNonNullElse(version, "(unpackaged)")
            };
        }
    }
}
