package pennyweight.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import pennyweight.converter.Conversion;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Request;
import pennyweight.converter.report.OutputResult;
import pennyweight.converter.report.Report;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.Planner;
import pennyweight.converter.verify.Depth;
import pennyweight.formats.Refusal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code convert}: writes a checkpoint in other formats and judges what was written. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Converts a Hugging Face checkpoint and judges what was written.",
            "Each file is opened again and judged: faithful (it holds and computes exactly what was",
            "planned) and good (it still computes what the checkpoint does). Nothing appears under its",
            "name before it is whole.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  pennyweight convert Qwen3.5-0.8B",
            "  pennyweight convert Qwen3.5-0.8B --to gguf --gguf-type Q4_K_M,Q8_0 --out phone",
            "  pennyweight convert Qwen3.5-0.8B --to gguf --gguf-type IQ4_XS --imatrix imatrix.gguf",
            "  pennyweight convert Qwen3.5-0.8B --to mlx,onnx --bits 4,8",
            "  pennyweight convert Qwen3.5-2B --to mlx --bits 6 --mlx-tensor down_proj=8",
            "  pennyweight convert Qwen3.5-2B --to mlx --mlx-recipe mixed_4_6 --text-only",
            "  pennyweight convert Qwen3.5-0.8B --dry-run --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all verdicts passed, or none was asked for",
            "1:a verdict failed; a file that is not faithful is not kept",
            "2:the command line is wrong",
            "3:the checkpoint is missing, broken or contradicts itself",
            "4:the checkpoint is of a kind that is not supported",
            "5:the output could not be written, or its folder holds something else",
            "70:a bug of Pennyweight",
            "130:interrupted (Ctrl-C or TERM); nothing that was begun is left"
        })
final class ConvertCommand implements Callable<Integer> {
    @ParentCommand private Main main = new Main(Interruption.none());
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "MODEL", description = "Folder of a Hugging Face checkpoint.")
    private Path model = Path.of("");

    @Option(
            names = "--to",
            split = ",",
            paramLabel = "FORMAT",
            description = "Formats to write: gguf, mlx, onnx (default: all).")
    private List<String> to = List.of();

    @Option(
            names = "--bits",
            split = ",",
            paramLabel = "BITS",
            description = {
                "Bits a weight: 2, 3, 4, 5, 6, 8, of ONNX 4, 6, 8; several make a folder each",
                "(default: 4, or those of the --gguf-type where only GGUF is written, or those of",
                "--mlx-mode and --mlx-recipe)."
            })
    private List<Integer> bits = List.of();

    @Mixin private GgufChoices gguf = new GgufChoices();

    @Mixin private MlxChoices mlx = new MlxChoices();

    @Option(
            names = "--onnx-block",
            defaultValue = "32",
            paramLabel = "N",
            description = "Weights in an ONNX block: 32, 64, 128 (default: ${DEFAULT-VALUE}).")
    private int onnxBlock;

    @Option(
            names = "--onnx-accuracy",
            defaultValue = "4",
            paramLabel = "LEVEL",
            description = {
                "accuracy_level of MatMulNBits: 0 computes in float32, 4 rounds activations",
                "to 8 bits (default: ${DEFAULT-VALUE})."
            })
    private int onnxAccuracy;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = {
                "Output folder (default: NAME-BITSbit); with several --bits, the folder",
                "that their folders stand in."
            })
    private Optional<Path> out = Optional.empty();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The model's name in names of files (default: that of its folder).")
    private Optional<String> name = Optional.empty();

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description = "Worker threads (default: one for each processor).")
    private int jobs = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--force",
            description = {
                "Write into a folder that holds something else: an earlier result of ours is",
                "replaced, other files are kept."
            })
    private boolean force;

    @Option(
            names = "--verify",
            defaultValue = "full",
            paramLabel = "DEPTH",
            description = {
                "How much is judged: full, quick (samples of each tensor, a shorter text),",
                "none (default: ${DEFAULT-VALUE})."
            })
    private Depth verify = Depth.FULL;

    @Option(
            names = "--dry-run",
            description = {
                "Print the plan with every size; write nothing. The weights may be missing: the",
                "headers of the shards are enough, or config.json alone."
            })
    private boolean dryRun;

    @Option(names = "--json", description = "Print the report, or the plan, as JSON on stdout.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress, and no results but failures.")
    private boolean quiet;

    @Option(names = "--verbose", description = "Name every tensor that a summary counts.")
    private boolean verbose;

    @Override
    public Integer call() {
        Request request = request();
        if (!dryRun) {
            main.warmUp(Planner.likely(request));
        }
        try (Checkpoint source = dryRun ? Checkpoint.outline(model) : Checkpoint.open(model)) {
            List<OutputPlan> plans = Planner.plan(source, request);
            check(plans);
            return dryRun ? show(source, plans) : convert(source, plans);
        }
    }

    private Request request() {
        Set<String> formats = Choices.formats(to);
        List<Integer> distinct = List.copyOf(new LinkedHashSet<>(bits));
        distinct.forEach(b -> Choices.checkBits(b, formats));
        MlxRequest mlxRequest = mlx.request(formats.contains("mlx"), distinct);
        mlxRequest.decidedBits().ifPresent(b -> Choices.checkBits(b, formats));
        Choices.check("--onnx-block", onnxBlock, Choices.BLOCKS);
        Choices.check("--onnx-accuracy", onnxAccuracy, Choices.ACCURACIES);
        Choices.checkJobs(jobs);
        name.ifPresent(ConvertCommand::checkName);
        return new Request(
                formats,
                distinct,
                gguf.request(formats.contains("gguf")),
                mlxRequest,
                onnxBlock,
                onnxAccuracy,
                out,
                name);
    }

    private static void checkName(String name) {
        boolean plain =
                !name.isBlank()
                        && !name.startsWith(".")
                        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
        if (!plain) {
            throw Refusal.usage(
                    "--name is '" + name + "'", "give a name that a file can begin with");
        }
    }

    private void check(List<OutputPlan> plans) {
        Path source = model.toAbsolutePath().normalize();
        for (int i = 0; i < plans.size(); i++) {
            if (plans.get(i).targets().isEmpty()) {
                throw Refusal.usage(
                        "nothing is to be written for --bits " + bits.get(i),
                        "drop it, or give a --gguf-type of as many bits");
            }
            if (source.startsWith(plans.get(i).folder().toAbsolutePath().normalize())) {
                throw Refusal.usage(
                        "--out " + plans.get(i).folder() + " is the model's own folder or holds it",
                        "choose another --out");
            }
        }
    }

    private int show(Checkpoint source, List<OutputPlan> plans) {
        PrintWriter stdout = spec.commandLine().getOut();
        stdout.print(json ? Report.plan(source, plans) : new PlanText(plans, verbose).toString());
        return Exit.GOOD;
    }

    private int convert(Checkpoint source, List<OutputPlan> plans) {
        PrintWriter stdout = spec.commandLine().getOut();
        List<OutputResult> results;
        try (Display display = Display.of(spec.commandLine().getErr(), quiet)) {
            Conversion conversion = new Conversion(source, plans, verify, jobs, force, display);
            try (Interruption.Guard _ = main.interruption().guard(conversion::discard)) {
                results = conversion.run();
            }
        }
        stdout.print(
                json
                        ? Report.json(source, verify, plans, results)
                        : new ResultText(results, quiet, verbose).toString());
        return results.stream().anyMatch(OutputResult::failed) ? Exit.FAILED_VERDICT : Exit.GOOD;
    }
}
