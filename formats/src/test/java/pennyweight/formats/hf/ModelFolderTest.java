package pennyweight.formats.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.formats.Refusal;

class ModelFolderTest {
    @TempDir Path folder;

    @Test
    void readsAPublishedFolder() {
        Path tiny = Path.of(System.getProperty("pennyweight.testdata"), "tiny-qwen35");
        ModelFolder model = ModelFolder.open(tiny);
        assertEquals("qwen3_5", model.config().path("model_type").asString());
        assertEquals(tiny.resolve("config.json"), model.configFile());
        assertEquals(
                "Qwen2Tokenizer",
                model.tokenizerConfig().orElseThrow().path("tokenizer_class").asString());
        assertTrue(model.generationConfig().orElseThrow().has("eos_token_id"));
        assertEquals(Optional.of(tiny.resolve("tokenizer.json")), model.tokenizer());
        assertTrue(model.file(ModelFolder.PREPROCESSOR_CONFIG).isPresent());
        assertEquals(Optional.empty(), model.file(ModelFolder.PROCESSOR_CONFIG));
        // The folder carries the template twice, and both say the same.
        assertEquals(
                model.tokenizerConfig().orElseThrow().path("chat_template").asString(),
                model.chatTemplate().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"chat_template\":\"t\"}|t",
                "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"u\"},{\"name\":\"default\",\"template\":\"t\"}]}|t",
                "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"u\"}]}|",
                "{\"chat_template\":null}|",
                "{}|",
            })
    void findsTheTemplateInTheTokenizerConfig(String json, String template) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        ModelFolder model = ModelFolder.open(folder);
        assertEquals(Optional.empty(), model.chatTemplate());
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
        assertEquals(Optional.ofNullable(template), model.chatTemplate());
        Files.writeString(folder.resolve("chat_template.jinja"), "own\n");
        assertEquals(Optional.of("own\n"), model.chatTemplate());
    }

    @Test
    void readsTheNonNumbersThatPythonWrites() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"limit\":[0.0,Infinity]}");
        assertEquals(
                Double.POSITIVE_INFINITY,
                ModelFolder.open(folder).config().path("limit").path(1).asDouble());
    }

    @Test
    void refusesAFolderThatDoesNotExist() throws IOException {
        assertRefused(folder.resolve("none"), "no such folder");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("none"));
        assertRefused(link, "is a link to what does not exist");
    }

    @Test
    void refusesAFile() throws IOException {
        Path file = Files.createFile(folder.resolve("model.safetensors"));
        assertRefused(file, "is a file, where a model folder is wanted; name the folder");
    }

    @Test
    void refusesAFolderWithoutConfig() throws IOException {
        assertRefused(folder, "holds no config.json");
        Files.createDirectory(folder.resolve("snapshots"));
        assertRefused(folder, "name a folder under its snapshots");
        Files.createFile(folder.resolve("adapter_config.json"));
        assertRefused(folder, "is an adapter");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1,}|is not valid JSON",
                "{\"a\":1,\"a\":2}|is not valid JSON (Duplicate",
                "{} {}|is not valid JSON",
                "''|holds no JSON object",
                "[]|holds no JSON object",
            })
    void refusesAnUnsoundConfig(String json, String problem) throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), json);
        String message = refusal(() -> ModelFolder.open(folder));
        assertTrue(message.startsWith(config + ": " + problem), message);
    }

    @Test
    void refusesATemplateThatIsNotUtf8() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xFF});
        String message = refusal(() -> ModelFolder.open(folder).chatTemplate());
        assertTrue(message.contains("chat_template.jinja: is not UTF-8"), message);
    }

    private static void assertRefused(Path path, String problem) {
        String message = refusal(() -> ModelFolder.open(path));
        assertTrue(message.startsWith(path + ": ") && message.contains(problem), message);
    }

    private static String refusal(Executable opening) {
        String message = String.valueOf(assertThrows(Refusal.class, opening).getMessage());
        assertFalse(message.contains("\n"), message);
        return message;
    }
}
