package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.MlxMtpDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxModules;
import pennyweight.formats.mlx.MlxParameters;
import pennyweight.formats.mlx.MlxQuantization;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;

/**
 * The MLX folder of a multi-token prediction head, read back: one of ours, or one that mlx-vlm
 * wrote.
 */
final class OpenedMlxMtp implements OpenedFile {
    private static final String TEXT = "text_config";

    private final ModelFolder folder;
    private final SafetensorsFolder shards;
    private final OpenedTensors tensors;
    private final MlxMtpDialect dialect = new MlxMtpDialect();

    private OpenedMlxMtp(ModelFolder folder, SafetensorsFolder shards, OpenedTensors tensors) {
        this.folder = folder;
        this.shards = shards;
        this.tensors = tensors;
    }

    /** Whether a model folder is of a head alone. */
    static boolean isOne(ModelFolder folder) {
        return folder.config().path("model_type").asString("").equals(MlxMtpConfig.MODEL_TYPE);
    }

    static OpenedMlxMtp open(ModelFolder folder) {
        SafetensorsFolder shards = SafetensorsFolder.open(folder.path());
        try {
            Map<String, MlxParameters> modules =
                    MlxModules.quantized(
                            folder.configFile(),
                            MlxQuantization.read(folder.configFile(), folder.config()),
                            shards.tensors());
            MlxMtpDialect dialect = new MlxMtpDialect();
            OpenedTensors tensors = new OpenedTensors();
            for (TensorEntry entry : shards.tensors()) {
                Optional<Role> role = dialect.role(entry.name());
                if (role.isPresent()) {
                    tensors.put(
                            role.get(),
                            entry.name(),
                            OpenedMlx.tensor(shards, entry, role.get(), modules));
                }
            }
            return new OpenedMlxMtp(folder, shards, tensors);
        } catch (RuntimeException e) {
            shards.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return folder.path();
    }

    @Override
    public String format() {
        return "mlx";
    }

    @Override
    public String label() {
        return "mtp "
                + tensors.roles().stream()
                        .map(role -> tensors.tensor(role).encoding())
                        .filter(encoding -> encoding.planes() > 1)
                        .map(encoding -> encoding.label())
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining(", "));
    }

    @Override
    public Optional<TargetSettings> settings() {
        return PlanParts.parseSettings(path(), shards);
    }

    @Override
    public long bytes() {
        return shards.bytes();
    }

    @Override
    public OpenedTensors tensors() {
        return tensors;
    }

    @Override
    public Conventions conventions() {
        return dialect.conventions();
    }

    @Override
    public List<String> differences(TargetPlan plan) {
        return MlxDifferences.of(plan, path(), shards);
    }

    @Override
    public List<String> contradictions(Checkpoint source) {
        List<String> contradictions = new ArrayList<>();
        source.model().tensors().stream()
                .filter(t -> t.role().scope() == Scope.MTP && !tensors.roles().contains(t.role()))
                .forEach(t ->
                        contradictions.add(
                                "has no tensor for " + t.role() + ", which the checkpoint has"));
        Map<String, JsonNode> due = MlxMtpConfig.of(source).fields();
        JsonNode config = folder.config();
        due.forEach((key, value) -> {
            if (key.equals(TEXT)) {
                value.forEachEntry((field, v) ->
                        compare(
                                TEXT + "." + field,
                                config.path(TEXT).path(field),
                                v,
                                contradictions));
            } else {
                compare(key, config.path(key), value, contradictions);
            }
        });
        return contradictions;
    }

    /** Readers have defaults for what is not there; what is there must be right. */
    private static void compare(
            String key, JsonNode found, JsonNode due, List<String> contradictions) {
        if (!found.isMissingNode() && !found.equals(due)) {
            contradictions.add(
                    "has "
                            + key
                            + " "
                            + JsonFile.printable(found.toString())
                            + ", where the checkpoint gives "
                            + JsonFile.printable(due.toString()));
        }
    }

    @Override
    public Optional<LanguageModel> languageModel(int jobs) {
        return Optional.empty();
    }

    @Override
    public void close() {
        shards.close();
    }
}
