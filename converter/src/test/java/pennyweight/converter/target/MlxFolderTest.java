package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.CheckpointWriter;
import pennyweight.converter.GenerateCheckpoint;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxOverride;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxParameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What an MLX folder has beside the recorded ones: what checkpoints lack and readers need. */
final class MlxFolderTest {
    private static final TargetSettings.Mlx SETTINGS = new TargetSettings.Mlx(4, 64);

    @TempDir private Path temp = Path.of("");
    private Path model = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        model = Files.createDirectory(temp.resolve("model"));
        try (Stream<Path> files = Files.list(Recorded.folder("tiny-qwen35"))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    private void edit(String name, Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = JsonFile.readObject(model.resolve(name)).asObject();
        change.accept(json);
        Files.writeString(model.resolve(name), JsonMapper.shared().writeValueAsString(json));
    }

    private JsonNode planned(String name) {
        return MlxWritten.json(MlxWritten.plan(model, SETTINGS), name);
    }

    private static Optional<PlannedFile> file(TargetPlan plan, String name) {
        return plan.files().stream().filter(f -> f.path().endsWith(name)).findFirst();
    }

    @Test
    void endOfTextIsFoundWhereTheGenerationConfigIsMissingOrNamesOneAlone() throws IOException {
        Files.delete(model.resolve("generation_config.json"));
        assertEquals("[2024,2022]", planned("config.json").path("eos_token_id").toString());
        assertEquals(
                "{\"eos_token_id\":[2024,2022]}", planned("generation_config.json").toString());
        Files.writeString(
                model.resolve("generation_config.json"), "{\"eos_token_id\":2022,\"top_k\":3}");
        assertEquals(
                "{\"eos_token_id\":[2022,2024],\"top_k\":3}",
                planned("generation_config.json").toString());
        assertEquals("[2022,2024]", planned("config.json").path("eos_token_id").toString());
    }

    @Test
    void theTokenizerHasAClassThatReadersKnowAndItsTemplate() throws IOException {
        TargetPlan plan = MlxWritten.plan(model, SETTINGS);
        assertInstanceOf(PlannedFile.Copy.class, file(plan, "tokenizer_config.json").orElseThrow());
        edit(
                "tokenizer_config.json",
                c -> c.put("tokenizer_class", "TokenizersBackend").remove("chat_template"));
        JsonNode config = planned("tokenizer_config.json");
        assertEquals("Qwen2Tokenizer", config.path("tokenizer_class").asString());
        assertEquals(
                Files.readString(model.resolve("chat_template.jinja")),
                config.path("chat_template").asString());
    }

    @Test
    void preprocessorsComeOutOfTheProcessorsConfig() throws IOException {
        JsonNode images = JsonFile.readObject(model.resolve("preprocessor_config.json"));
        JsonNode videos = JsonFile.readObject(model.resolve("video_preprocessor_config.json"));
        Files.delete(model.resolve("preprocessor_config.json"));
        Files.delete(model.resolve("video_preprocessor_config.json"));
        assertTrue(file(MlxWritten.plan(model, SETTINGS), "preprocessor_config.json").isEmpty());
        ObjectNode processor = JsonMapper.shared().createObjectNode();
        ObjectNode nested = images.deepCopy().asObject();
        nested.remove("processor_class");
        processor.set("image_processor", nested);
        processor.set("video_processor", videos);
        Files.writeString(
                model.resolve("processor_config.json"),
                JsonMapper.shared().writeValueAsString(processor));
        ObjectNode expected = images.deepCopy().asObject();
        expected.put("min_pixels", 65536).put("max_pixels", 16777216);
        assertEquals(expected, planned("preprocessor_config.json"));
        assertEquals(videos, planned("video_preprocessor_config.json"));
    }

    @Test
    void theConfigHasWhatReadersHaveWrongDefaultsFor() throws IOException {
        JsonNode rope = planned("config.json").path("text_config").path("rope_parameters");
        edit(
                "config.json",
                c -> {
                    c.remove(List.of("image_token_id", "vision_end_token_id"));
                    c.path("vision_config").asObject().put("model_type", "qwen3_5_vision");
                    ObjectNode text = c.path("text_config").asObject();
                    text.remove("rope_parameters");
                    text.put("rope_theta", 1e7);
                    text.set("mrope_section", rope.path("mrope_section"));
                });
        JsonNode config = planned("config.json");
        assertEquals(248056, config.path("image_token_id").intValue());
        assertEquals(248054, config.path("vision_end_token_id").intValue());
        assertEquals("qwen3_5", config.path("vision_config").path("model_type").asString());
        JsonNode written = config.path("text_config").path("rope_parameters");
        assertEquals(1e7, written.path("rope_theta").doubleValue());
        assertEquals(0.25, written.path("partial_rotary_factor").doubleValue());
        assertEquals(rope.path("mrope_section"), written.path("mrope_section"));
        assertEquals("default", written.path("rope_type").asString());
    }

    @Test
    void aFlatCheckpointGetsTheNestedConfig() {
        Path flat =
                CheckpointWriter.of(Recorded.folder("tiny-qwen35"))
                        .flat()
                        .write(temp.resolve("flat"));
        TargetPlan plan = MlxWritten.plan(flat, SETTINGS);
        JsonNode config = MlxWritten.json(plan, "config.json");
        assertEquals("qwen3_5", config.path("model_type").asString());
        assertEquals("qwen3_5_text", config.path("text_config").path("model_type").asString());
        assertEquals(256, config.path("text_config").path("hidden_size").intValue());
        assertFalse(config.has("hidden_size"));
        assertFalse(config.has("vision_config"));
        plan.tensors().forEach(t -> assertTrue(t.name().startsWith("language_model."), t.name()));
    }

    @Test
    void rowsThatTheGroupDoesNotDivideStayAndAreNamed() throws IOException {
        Path odd = temp.resolve("odd");
        GenerateCheckpoint.odd(Recorded.folder("tiny-qwen35")).write(odd, 1);
        TargetPlan plan = MlxWritten.plan(odd, new TargetSettings.Mlx(8, 128));
        long left = 0;
        for (TargetTensor t : plan.tensors()) {
            boolean text = t.name().startsWith("language_model.") && t.shape().rank() == 2;
            boolean fits = t.shape().columns() % 128 == 0;
            if (text && !fits) {
                assertEquals(Optional.of("affine 8-bit g128"), t.fellBackFrom(), t.name());
                assertEquals("BF16", t.encoding().label(), t.name());
                left++;
            } else {
                assertEquals(Optional.empty(), t.fellBackFrom(), t.name());
                assertEquals(text, t.encoding().label().equals("affine 8-bit g128"), t.name());
            }
        }
        assertTrue(left > 0);
        // Readers look at the tensors of a module that the config does not name.
        assertEquals(3, MlxWritten.json(plan, "config.json").path("quantization").size());
        // As in the reference converters, a group that would fit does not help.
        MlxOptions usual = MlxOptions.DEFAULT;
        MlxOptions options =
                new MlxOptions(
                        usual.dtype(),
                        usual.recipe(),
                        List.of(MlxOverride.parse("--mlx-tensor", ".=4:32")),
                        usual.textOnly(),
                        usual.shardBytes());
        TargetPlan overridden =
                MlxWritten.plan(odd, new TargetSettings.Mlx(MlxParameters.affine(8, 128), options));
        assertEquals(
                left,
                overridden.tensors().stream().filter(t -> t.fellBackFrom().isPresent()).count());
    }

    @Test
    void aPatternOfNoModuleIsRefused() {
        MlxOptions usual = MlxOptions.DEFAULT;
        MlxOptions options =
                new MlxOptions(
                        usual.dtype(),
                        usual.recipe(),
                        List.of(MlxOverride.parse("--mlx-tensor", "vision_tower=8")),
                        usual.textOnly(),
                        usual.shardBytes());
        TargetSettings.Mlx settings = new TargetSettings.Mlx(MlxParameters.affine(4, 64), options);
        Refusal refusal = assertThrows(Refusal.class, () -> MlxWritten.plan(model, settings));
        assertEquals(Refusal.Kind.USAGE, refusal.kind());
    }
}
