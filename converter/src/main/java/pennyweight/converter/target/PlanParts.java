package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.plan.LeftOut;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.Json;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.core.JacksonException;

/** What the plans of all targets have in common. */
final class PlanParts {
    /**
     * The key under which our own files carry their settings, in whatever place the format has for
     * keys.
     */
    static final String SETTINGS_KEY = "pennyweight.settings";

    private static final String UNUSED = "not a tensor that this model computes with";
    private static final String TOWER_NOT_ASKED = "vision tower: not asked for";
    private static final String TOWER_ELSEWHERE = "vision tower: in the mmproj file";

    private static final Set<String> TOKENIZER_FILES =
            Set.of(
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "chat_template.jinja",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "vocab.json",
                    "merges.txt");

    private PlanParts() {}

    /** The settings as the one line of JSON that files carry. */
    static String settingsLine(TargetSettings settings) {
        return Json.text(settings.fields());
    }

    /**
     * The settings in the line that a file carries; nothing where it carries none.
     *
     * @throws Refusal where the line is none that was ever written
     */
    static Optional<TargetSettings> parseSettings(Path file, Optional<String> line) {
        if (line.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<TargetSettings> settings = TargetSettings.parse(Json.read(line.get()));
            if (settings.isPresent()) {
                return settings;
            }
        } catch (JacksonException | Refusal e) {
            throw foreign(file, line.get(), e);
        }
        throw foreign(file, line.get(), new IllegalArgumentException("no such settings"));
    }

    static Optional<TargetSettings> parseSettings(Path file, Map<String, String> metadata) {
        return parseSettings(file, Optional.ofNullable(metadata.get(SETTINGS_KEY)));
    }

    /** The settings that the first shard with some carries. */
    static Optional<TargetSettings> parseSettings(Path folder, SafetensorsFolder shards) {
        return shards.metadata().values().stream()
                .map(metadata -> parseSettings(folder, metadata))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Refusal foreign(Path file, String line, RuntimeException cause) {
        return Refusal.badInput(
                file,
                "carries settings that Pennyweight never writes: " + JsonFile.printable(line),
                "convert the checkpoint again",
                cause);
    }

    /** A file of the checkpoint, copied into {@code folder}, where it is there. */
    static Optional<PlannedFile> copy(Checkpoint source, Path folder, String name) {
        return source.folder()
                .file(name)
                .map(f -> new PlannedFile.Copy(folder.resolve(name), f, f.toFile().length()));
    }

    /** A file of JSON, indented. */
    static PlannedFile json(Path path, Object content) {
        return new PlannedFile.Whole(path, Bytes.utf8(Json.indented(content)));
    }

    /** The tokenizer's files, copied from the checkpoint into {@code folder}. */
    static List<PlannedFile> tokenizerFiles(Checkpoint source, Path folder) {
        return TOKENIZER_FILES.stream()
                .sorted()
                .map(name -> copy(source, folder, name))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Every source tensor that a target of the text model does not take, each with its reason. */
    static List<LeftOut> leftOut(Checkpoint source, String format, Predicate<Role> taken) {
        return leftOut(source, taken, tensor -> reason(tensor, format));
    }

    /** Every source tensor that a target does not take, each with its reason. */
    static List<LeftOut> leftOut(
            Checkpoint source, Predicate<Role> taken, Function<SourceTensor, String> reason) {
        List<LeftOut> out = new ArrayList<>();
        for (SourceTensor tensor : source.tensors()) {
            if (tensor.role().filter(taken).isEmpty()) {
                out.add(new LeftOut(tensor.name(), reason.apply(tensor)));
            }
        }
        return out;
    }

    /**
     * The plan of a text model's GGUF file beside which the vision tower's is written: what is left
     * out of the one is in the other.
     */
    static TargetPlan besideMmproj(TargetPlan plan) {
        return new TargetPlan(
                plan.settings(),
                plan.main(),
                plan.tensors(),
                plan.files(),
                plan.leftOut().stream()
                        .map(l ->
                                l.reason().equals(TOWER_NOT_ASKED)
                                        ? new LeftOut(l.tensor(), TOWER_ELSEWHERE)
                                        : l)
                        .toList());
    }

    private static String reason(SourceTensor tensor, String format) {
        if (HuggingFaceDialect.isVision(tensor.name())) {
            boolean known = tensor.role().isPresent();
            return format.equals("GGUF")
                    ? known ? TOWER_NOT_ASKED : UNUSED
                    : "vision tower: not converted yet";
        }
        if (tensor.role().map(Role::scope).filter(s -> s == Scope.MTP).isPresent()) {
            return "multi-token prediction head: "
                    + (format.equals("GGUF")
                            ? "dropped, as asked"
                            : format + " runtimes do not load it");
        }
        return UNUSED;
    }

    /** Why a tensor is not in an MLX folder. */
    static String notInMlx(SourceTensor tensor) {
        return switch (tensor.role().map(Role::scope).orElse(Scope.TEXT)) {
            case VISION -> TOWER_NOT_ASKED;
            case MTP -> "multi-token prediction head: not asked for";
            case TEXT -> UNUSED;
        };
    }

    /** Why a tensor is not in the folder of a draft model. */
    static String notOfTheDraft(SourceTensor tensor) {
        return tensor.role().isPresent() ? "the model: in a folder of its own" : UNUSED;
    }

    /** Why a tensor is not in the vision tower's file. */
    static String notOfTheTower(SourceTensor tensor) {
        return tensor.role().isPresent() ? "text model: in a file of its own" : UNUSED;
    }
}
