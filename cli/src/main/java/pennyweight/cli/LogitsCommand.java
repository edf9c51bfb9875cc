package pennyweight.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.target.Targets;
import pennyweight.formats.Refusal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code logits}: the reference forward pass over a checkpoint or a written file. */
@Command(
        name = "logits",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Runs the reference forward pass over a checkpoint or a file.",
            "The file may be of any format; of an ONNX file its own graph is run. The logits after each",
            "token are written as the F32 tensor \"logits\" [tokens, vocabulary] of a safetensors file.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  pennyweight logits Qwen3.5-0.8B --tokens 785,6722 --out logits.safetensors",
            "  pennyweight logits model-Q4_K_M.gguf --tokens ids.json --out logits.safetensors"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the logits are written",
            "2:the command line is wrong",
            "3:the input is missing, broken or contradicts itself",
            "4:the input is of a kind that is not supported",
            "5:the output could not be written, or something else stands in its place",
            "70:a bug of Pennyweight",
            "130:interrupted (Ctrl-C or TERM); nothing that was begun is left"
        })
final class LogitsCommand implements Callable<Integer> {
    @ParentCommand private Main main = new Main(Interruption.none());
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "PATH",
            description = "Folder of a checkpoint, a .gguf file, an MLX folder, or a .onnx file.")
    private Path path = Path.of("");

    @Option(
            names = "--tokens",
            required = true,
            paramLabel = "IDS",
            description = "Token ids: 1,2,3 or a JSON file that holds [1, 2, 3].")
    private String tokens = "";

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The safetensors file to write; earlier logits are replaced.")
    private Path out = Path.of("");

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description = "Worker threads (default: one for each processor).")
    private int jobs = Runtime.getRuntime().availableProcessors();

    @Option(names = "--quiet", description = "No progress, and no line that says what was written.")
    private boolean quiet;

    @Override
    public Integer call() {
        Choices.checkJobs(jobs);
        if (Targets.recognises(path)) {
            try (OpenedFile file = Targets.open(path);
                    LanguageModel model = file.languageModel(jobs).orElseThrow(this::noModel)) {
                write(model, TokenIds.parse(tokens, file.tensor(Role.text(Part.EMBEDDING)).rows()));
            }
        } else {
            try (Checkpoint source = Checkpoint.open(path)) {
                int[] ids = TokenIds.parse(tokens, source.model().vocabulary());
                try (ForwardPass pass = new ForwardPass(source.model(), source.weights(), jobs)) {
                    write(pass, ids);
                }
            }
        }
        return Exit.GOOD;
    }

    private Refusal noModel() {
        return Refusal.notSupported(
                path, "holds no decoder, which makes logits", "name the file of the text model");
    }

    private void write(LanguageModel model, int[] ids) {
        try (LogitsFile file = LogitsFile.begin(out);
                Display display = Display.of(spec.commandLine().getErr(), quiet)) {
            try (Interruption.Guard _ = main.interruption().guard(file::close)) {
                Logits logits = model.begin().prefill(ids);
                file.write(logits, display);
                if (!quiet) {
                    spec.commandLine()
                            .getOut()
                            .println(
                                    Text.path(out)
                                            + ": logits ["
                                            + logits.tokens()
                                            + ", "
                                            + logits.vocabulary()
                                            + "]");
                }
            }
        }
    }
}
