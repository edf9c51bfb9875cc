package pennyweight.cli.inspect;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import pennyweight.converter.work.Folders;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxFolder;
import pennyweight.formats.mlx.MlxModules;
import pennyweight.formats.mlx.MlxParameters;
import pennyweight.formats.mlx.MlxQuantization;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;

/** Looks into folders of safetensors: checkpoints and MLX models. */
final class FolderInspector {
    private FolderInspector() {}

    static Inspection inspect(Path path) {
        List<Path> targets = inner(path);
        Path configFile = path.resolve(ModelFolder.CONFIG);
        if (!Files.isRegularFile(configFile) && !targets.isEmpty()) {
            throw Refusal.badInput(
                    path,
                    "is an output folder",
                    "name one of "
                            + targets.stream()
                                    .map(Path::toString)
                                    .collect(Collectors.joining(", ")));
        }
        Optional<JsonNode> config =
                Files.isRegularFile(configFile)
                        ? Optional.of(JsonFile.readObject(configFile))
                        : Optional.empty();
        Map<String, Object> metadata = new LinkedHashMap<>();
        config.ifPresent(c -> metadata.put("config", c));
        try (SafetensorsFolder shards = SafetensorsFolder.open(path)) {
            shards.metadata()
                    .forEach((file, texts) -> {
                        if (!texts.isEmpty()) {
                            metadata.put(file, texts);
                        }
                    });
            List<String> problems = new ArrayList<>();
            boolean mlx =
                    config.filter(MlxFolder::isQuantized).isPresent()
                            || shards.metadata().values().stream().anyMatch(MlxFolder::isMarked);
            Map<String, MlxParameters> modules =
                    mlx && config.isPresent()
                            ? modules(configFile, config.get(), shards, problems)
                            : Map.of();
            List<Inspection.Tensor> tensors = new ArrayList<>();
            for (TensorEntry t : shards.tensors()) {
                tensors.add(SafetensorsInspector.tensor(t, note(t, modules)));
            }
            return new Inspection(
                    path,
                    mlx ? "mlx" : "checkpoint",
                    shards.files().stream().map(SafetensorsInspector::stored).toList(),
                    metadata,
                    tensors,
                    problems);
        } catch (Refusal e) {
            if (e.kind() != Refusal.Kind.NOT_SUPPORTED) {
                throw e;
            }
            return loose(path, metadata, String.valueOf(e.getMessage()));
        }
    }

    /** What stands in an output folder of ours. */
    private static List<Path> inner(Path path) {
        return Folders.files(path).stream()
                .map(path::relativize)
                .filter(p ->
                        (p.startsWith("gguf") && p.toString().endsWith(".gguf"))
                                || p.equals(Path.of("mlx", ModelFolder.CONFIG))
                                || p.equals(Path.of("onnx", "model.onnx")))
                .map(p -> path.resolve(p.startsWith("mlx") ? Path.of("mlx") : p))
                .toList();
    }

    private static Map<String, MlxParameters> modules(
            Path configFile, JsonNode config, SafetensorsFolder shards, List<String> problems) {
        try {
            return MlxModules.quantized(
                    configFile, MlxQuantization.read(configFile, config), shards.tensors());
        } catch (Refusal e) {
            problems.add(String.valueOf(e.getMessage()));
            return Map.of();
        }
    }

    private static String note(TensorEntry t, Map<String, MlxParameters> modules) {
        String name = t.name();
        MlxParameters parameters =
                name.endsWith(".weight")
                        ? modules.get(name.substring(0, name.length() - ".weight".length()))
                        : null;
        return parameters == null
                ? ""
                : parameters.label() + ", " + parameters.columns(t.shape().columns()) + " columns";
    }

    private static Inspection loose(Path path, Map<String, Object> metadata, String problem) {
        List<Inspection.StoredFile> files = new ArrayList<>();
        List<Inspection.Tensor> tensors = new ArrayList<>();
        for (Path file : Folders.files(path)) {
            if (path.equals(file.getParent()) && file.toString().endsWith(".safetensors")) {
                LooseHeader header = LooseHeader.read(file);
                files.add(SafetensorsInspector.stored(file));
                tensors.addAll(header.tensors());
            }
        }
        return new Inspection(path, "checkpoint", files, metadata, tensors, List.of(problem));
    }
}
