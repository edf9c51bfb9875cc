package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.work.Progress;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;

/** Against what mlx_lm.convert 0.32.2 with mlx 0.32.4 wrote on a CPU. */
final class MlxTargetTest {
    private static final Path TESTDATA = Path.of(System.getProperty("pennyweight.testdata"));

    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, 4, 64", "tiny-qwen35, 6, 64", "tiny-qwen35, 8, 64", "tiny-qwen35, 4, 32",
                "tiny-qwen35, 4, 128",
        "micro2b, 4, 64", "micro2b, 6, 64", "micro2b, 8, 64", "micro2b, 4, 32", "micro2b, 4, 128",
        "micro4b, 4, 64", "micro4b, 6, 64", "micro4b, 8, 64", "micro4b, 4, 32", "micro4b, 4, 128"
    })
    void everyTensorHasTheBytesOfTheReference(
            String name, int bits, int group, @TempDir Path folder) throws Exception {
        try (Checkpoint source = Checkpoint.open(TESTDATA.resolve(name))) {
            OutputPlan plan =
                    new OutputPlan(
                            folder,
                            List.of(
                                    new MlxTarget()
                                            .plan(
                                                    source,
                                                    new TargetSettings.Mlx(bits, group),
                                                    name)));
            SequencedMap<OutputPlan, Path> outputs = new LinkedHashMap<>(Map.of(plan, folder));
            new TileRun(source, 2, Progress.SILENT).write(outputs);
        }
        JsonNode recorded =
                JsonFile.readObject(
                        TESTDATA.resolve("golden")
                                .resolve(name)
                                .resolve("mlx")
                                .resolve("lm-" + bits + "bit-g" + group + ".json"));
        try (SafetensorsFolder written = SafetensorsFolder.open(folder.resolve("mlx"))) {
            Map<String, TensorEntry> tensors = new LinkedHashMap<>();
            written.tensors().forEach(t -> tensors.put(t.name(), t));
            assertEquals(
                    new TreeSet<>(recorded.path("tensors").propertyNames()),
                    new TreeSet<>(tensors.keySet()));
            for (TensorEntry t : tensors.values()) {
                JsonNode expected = recorded.path("tensors").path(t.name());
                assertEquals(expected.path("dtype").asString(), t.dtype().name(), t.name());
                assertEquals(
                        expected.path("shape").toString(),
                        t.shape().dimensions().toString().replace(" ", ""),
                        t.name());
                byte[] bytes = written.input(t).read(t.offset(), (int) t.bytes());
                assertEquals(
                        expected.path("sha256").asString(),
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)),
                        t.name());
            }
        }
        JsonNode index = JsonFile.readObject(folder.resolve("mlx/model.safetensors.index.json"));
        assertEquals(
                recorded.path("files").path("model.safetensors.index.json").path("metadata"),
                index.path("metadata"));
        JsonNode config = JsonFile.readObject(folder.resolve("mlx/config.json"));
        for (String key :
                List.of("quantization", "quantization_config", "eos_token_id", "model_type")) {
            assertEquals(
                    recorded.path("files").path("config.json").path(key), config.path(key), key);
        }
        assertTrue(config.path("vision_config").isMissingNode());
    }
}
