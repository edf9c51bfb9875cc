package pennyweight.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.ImportanceMatrix;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.report.Report;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.target.Targets;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.Judge;
import pennyweight.converter.verify.Prompts;
import pennyweight.converter.verify.Verdict;
import pennyweight.converter.work.Folders;
import pennyweight.formats.Refusal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code verify}: judges files that were written earlier, by this tool or another. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Judges files against the checkpoint that they were made of.",
            "Files of Pennyweight carry their settings: they are planned again and judged for being",
            "faithful too.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  pennyweight verify Qwen3.5-0.8B-4bit --against Qwen3.5-0.8B",
            "  pennyweight verify model-Q4_K_M.gguf mlx-folder --against Qwen3.5-0.8B --depth quick",
            "  pennyweight verify onnx/model.onnx --against Qwen3.5-0.8B --json"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all verdicts passed",
            "1:a verdict failed, or a file is broken",
            "2:the command line is wrong",
            "3:a file is missing or of no known format, or the checkpoint is broken",
            "4:a file or the checkpoint is of a kind that is not supported",
            "70:a bug of Pennyweight",
            "130:interrupted (Ctrl-C or TERM)"
        })
final class VerifyCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description = {
                "A .gguf file, an MLX folder, a .onnx file, or an output folder of convert:",
                "then every file in it."
            })
    private List<Path> files = List.of();

    @Option(
            names = "--against",
            required = true,
            paramLabel = "MODEL",
            description = "Folder of the checkpoint.")
    private Path model = Path.of("");

    @Option(
            names = "--depth",
            defaultValue = "full",
            paramLabel = "DEPTH",
            description = {
                "How much is judged: full, or quick (samples of each tensor, a shorter text)",
                "(default: ${DEFAULT-VALUE})."
            })
    private Depth depth = Depth.FULL;

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = {
                "The importance matrix that GGUF files were written with: without it they are not",
                "judged as faithful."
            })
    private Optional<Path> imatrix = Optional.empty();

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description = "Worker threads (default: one for each processor).")
    private int jobs = Runtime.getRuntime().availableProcessors();

    @Option(names = "--json", description = "Print the verdicts as JSON on stdout.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress, and no results but failures.")
    private boolean quiet;

    @Override
    public Integer call() {
        Choices.checkJobs(jobs);
        if (depth == Depth.NONE) {
            throw Refusal.usage("--depth is none", "give full or quick");
        }
        Set<Path> targets = new LinkedHashSet<>();
        files.forEach(f -> targets.addAll(Located.targets(f)));
        VerdictTable table = new VerdictTable();
        Map<Path, Verdict> verdicts = new LinkedHashMap<>();
        try (Checkpoint source = Checkpoint.open(model);
                Display display = Display.of(spec.commandLine().getErr(), quiet);
                Judge judge = new Judge(source, Prompts.of(source, depth), depth, jobs, display)) {
            for (Path path : targets) {
                verdicts.put(path, judge(source, judge, path, table));
            }
        }
        spec.commandLine().getOut().print(json ? Report.verdicts(verdicts) : table.toString());
        return verdicts.values().stream().anyMatch(Verdict::failed)
                ? Exit.FAILED_VERDICT
                : Exit.GOOD;
    }

    /** Judges a file and adds its line to the table. One that cannot be opened is not faithful. */
    private Verdict judge(Checkpoint source, Judge judge, Path path, VerdictTable table) {
        try (OpenedFile file = Targets.open(path)) {
            Optional<TargetSettings> settings = settings(file);
            Verdict verdict =
                    settings.flatMap(s -> plan(source, file, s))
                            .map(plan -> judge.judge(file, Optional.of(plan)))
                            .orElseGet(() -> withoutPlan(judge, file, settings));
            if (!quiet || verdict.failed()) {
                String type = file.settings().map(TargetSettings::label).orElseGet(file::label);
                table.add(
                        Text.path(path),
                        file.format() + " " + type,
                        file.bytes(),
                        bits(file),
                        Optional.of(verdict));
            }
            return verdict;
        } catch (Refusal e) {
            if (e.kind() != Refusal.Kind.BAD_INPUT || !Located.isTarget(path)) {
                throw e;
            }
            Verdict verdict = Verdict.broken("cannot be read: " + e.getMessage());
            table.add(Text.path(path), "broken", size(path), "-", Optional.of(verdict));
            return verdict;
        }
    }

    private static long size(Path path) {
        return Files.isDirectory(path)
                ? Folders.files(path).stream().mapToLong(f -> f.toFile().length()).sum()
                : path.toFile().length();
    }

    /** The settings that a file of ours carries, with the importance matrix if that was given. */
    private Optional<TargetSettings> settings(OpenedFile file) {
        Optional<TargetSettings> settings = file.settings();
        if (settings.isEmpty()) {
            return settings;
        }
        if (!settings.get().format().equals(file.format()) || !Choices.known(settings.get())) {
            throw Refusal.badInput(
                    file.path(),
                    "carries settings that Pennyweight never writes: " + settings.get().fields(),
                    "convert the checkpoint again");
        }
        Optional<ImportanceMatrix> wanted = matrix(settings.get());
        if (wanted.isEmpty() || imatrix.isEmpty()) {
            return settings;
        }
        ImportanceMatrix given = ImportanceMatrix.read(imatrix.get());
        if (!given.equals(wanted.get())) {
            throw Refusal.usage(
                    "--imatrix " + imatrix.get() + " is not the one that " + file.path() + " names",
                    "give " + wanted.get());
        }
        TargetSettings.Gguf gguf = (TargetSettings.Gguf) settings.get();
        return Optional.of(new TargetSettings.Gguf(gguf.type(), gguf.options().with(given)));
    }

    private static Optional<ImportanceMatrix> matrix(TargetSettings settings) {
        return settings instanceof TargetSettings.Gguf gguf
                ? gguf.options().imatrix()
                : Optional.empty();
    }

    /**
     * The plan that a file of ours was written by, made again; nothing where the importance matrix
     * that it names was not given.
     */
    private static Optional<TargetPlan> plan(
            Checkpoint source, OpenedFile file, TargetSettings settings) {
        if (matrix(settings).filter(m -> !m.loaded()).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(Targets.of(settings).plan(source, settings, name(file, settings)));
    }

    private static Verdict withoutPlan(
            Judge judge, OpenedFile file, Optional<TargetSettings> settings) {
        return settings.flatMap(VerifyCommand::matrix)
                .map(m ->
                        judge.judge(
                                file,
                                Optional.empty(),
                                "it was written with the importance matrix "
                                        + m.file()
                                        + ": give that with --imatrix"))
                .orElseGet(() -> judge.judge(file, Optional.empty()));
    }

    /** The model's name, as far as the file's own name tells. */
    private static String name(OpenedFile file, TargetSettings settings) {
        String name = String.valueOf(file.path().toAbsolutePath().normalize().getFileName());
        String ending = "-" + settings.label() + ".gguf";
        return name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : name;
    }

    private static String bits(OpenedFile file) {
        long bytes = 0;
        long weights = 0;
        for (Role role : file.roles()) {
            EncodedTensor tensor = file.tensor(role);
            for (int p = 0; p < tensor.encoding().planes(); p++) {
                bytes += tensor.rows() * tensor.encoding().rowBytes(p, tensor.columns());
            }
            weights += tensor.rows() * tensor.columns();
        }
        return Text.bits(bytes, weights);
    }
}
