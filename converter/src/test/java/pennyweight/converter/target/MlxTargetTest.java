package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxRecipe;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.formats.safetensors.SafetensorsFolder;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Against what mlx_lm.convert 0.32.2 ({@code lm-}) and mlx_vlm.convert 0.7.10 ({@code vlm-}) wrote
 * with mlx 0.32.4 on a CPU.
 */
final class MlxTargetTest {
    static Stream<List<String>> records() {
        return Recorded.MODELS.stream()
                .flatMap(model ->
                        Recorded.mlxRecords(model).stream().map(record -> List.of(model, record)));
    }

    /**
     * {@code lm-4bit-g64-float16}, {@code vlm-4bit-g64}, {@code lm-mixed_3_6}, {@code lm-mxfp8}.
     */
    static TargetSettings.Mlx settings(String record) {
        List<String> words = List.of(record.split("-", -1));
        MlxOptions usual = MlxOptions.DEFAULT;
        String how = words.get(1);
        MlxOptions options =
                new MlxOptions(
                        MlxOptions.dtype(words.getLast()),
                        MlxRecipe.named(how),
                        usual.overrides(),
                        words.getFirst().equals("lm"),
                        usual.shardBytes());
        Optional<Integer> group =
                words.stream()
                        .filter(w -> w.matches("g\\d+"))
                        .map(w -> Integer.valueOf(w.substring(1)))
                        .findFirst();
        return new MlxRequest(MlxMode.named(how).orElse(MlxMode.AFFINE), group, options, false)
                .settings(how.endsWith("bit") ? how.charAt(0) - '0' : 0);
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyTensorHasTheBytesOfTheReference(List<String> record, @TempDir Path folder) {
        JsonNode recorded = Recorded.json(record.getFirst() + "/mlx/" + record.getLast());
        Path model = Recorded.folder(record.getFirst());
        TargetSettings.Mlx settings = settings(record.getLast());
        MlxWritten written = MlxWritten.of(model, settings, folder);
        Map<String, MlxWritten.Digest> expected = new TreeMap<>();
        recorded.path("tensors")
                .forEachEntry((name, t) -> expected.put(name, MlxWritten.Digest.of(t)));
        assertEquals(expected, written.tensors());
        JsonNode files = recorded.path("files");
        assertEquals(
                files.path("model.safetensors.index.json").path("metadata"),
                JsonFile.readObject(written.folder().resolve("model.safetensors.index.json"))
                        .path("metadata"));
        assertEquals(
                config(files.path("config.json"), settings.options().dtype()),
                JsonFile.readObject(written.folder().resolve("config.json")));
        assertEquals(
                files.path("generation_config.json"),
                JsonFile.readObject(written.folder().resolve("generation_config.json")));
        checkFiles(files, written);
    }

    /** The recorded config with what ours has otherwise on purpose. */
    private static JsonNode config(JsonNode recorded, Optional<Plain.Type> dtype) {
        ObjectNode config = recorded.deepCopy().asObject();
        // mlx-lm renames a field while it loads; transformers and mlx-vlm know the old name alone.
        ObjectNode rope = config.path("text_config").path("rope_parameters").asObject();
        JsonNode type = rope.remove("type");
        if (type != null) {
            rope.set("rope_type", type);
        }
        // mlx-vlm copies generation_config.json into its config, which stands beside it anyway.
        config.remove(List.of("generation_config", "do_sample", "temperature", "top_k", "top_p"));
        // mlx-lm writes null, at which mlx-swift-lm stops; MLX's default is meant. mlx-vlm leaves
        // out the mode; affine is meant.
        for (String block : List.of("quantization", "quantization_config")) {
            for (JsonNode entry : config.path(block)) {
                if (entry.isObject() && entry.path("group_size").isNull()) {
                    entry.asObject().put("group_size", 64);
                }
                if (entry.isObject() && !entry.has("mode")) {
                    entry.asObject().put("mode", "affine");
                }
            }
        }
        // Neither says in the config what --dtype made of the tensors.
        dtype.ifPresent(stored ->
                config.path("text_config").asObject().put("dtype", MlxOptions.name(stored)));
        return config;
    }

    private static void checkFiles(JsonNode recorded, MlxWritten written) {
        Set<String> names = new TreeSet<>(recorded.propertyNames());
        // Only the processor's class writes it, with what the two preprocessor files say.
        names.remove("processor_config.json");
        assertEquals(names, written.fileNames());
        try (SafetensorsFolder shards = SafetensorsFolder.open(written.folder())) {
            Map<String, String> metadata =
                    new LinkedHashMap<>(shards.metadata().values().iterator().next());
            assertFalse(metadata.remove("pennyweight.settings").isEmpty());
            assertEquals(Map.of("format", "mlx"), metadata);
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void theIndexNamesEveryTensorOfEachShard(List<String> record) {
        TargetSettings.Mlx usual = settings(record.getLast());
        MlxOptions o = usual.options();
        TargetSettings.Mlx small =
                new TargetSettings.Mlx(
                        usual.common(),
                        new MlxOptions(
                                o.dtype(), o.recipe(), o.overrides(), o.textOnly(), 1_000_000));
        Path model = Recorded.folder(record.getFirst());
        TargetPlan plan = MlxWritten.plan(model, small);
        List<PlannedFile> shards =
                plan.files().stream().filter(PlannedFile.Tensors.class::isInstance).toList();
        assertTrue(shards.size() > 1, shards::toString);
        Map<String, Set<String>> planes =
                plan.tensors().stream()
                        .flatMap(t -> t.planes().stream())
                        .collect(
                                Collectors.groupingBy(
                                        p -> String.valueOf(p.file().getFileName()),
                                        Collectors.mapping(p -> p.name(), Collectors.toSet())));
        Map<String, Set<String>> indexed = new LinkedHashMap<>();
        MlxWritten.json(plan, "model.safetensors.index.json")
                .path("weight_map")
                .forEachEntry((name, file) ->
                        indexed.computeIfAbsent(file.asString(), _ -> new TreeSet<>()).add(name));
        assertEquals(planes, indexed);
        for (int i = 0; i < shards.size(); i++) {
            assertEquals(
                    String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size()),
                    String.valueOf(shards.get(i).path().getFileName()));
        }
    }
}
