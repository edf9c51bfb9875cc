package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GgufPreTokenizerTest {
    private static final Path FILE = Path.of("tokenizer.json");

    /** Structures that llama.cpp splits a text like, under their names. */
    private static JsonNode structures() {
        return JsonFile.readObject(Recorded.folder("golden").resolve("pre-tokenizers.json"));
    }

    static Stream<String> names() {
        return structures().propertyNames().stream();
    }

    private static String tokenizer(JsonNode structure) {
        return "{\"normalizer\": null, \"pre_tokenizer\": "
                + structure.path("pre_tokenizer")
                + ", \"model\": {\"type\": \"BPE\", \"ignore_merges\": "
                + structure.path("ignore_merges")
                + "}}";
    }

    private static String name(String tokenizer, String modelType) {
        return GgufPreTokenizer.name(FILE, JsonMapper.shared().readTree(tokenizer), modelType);
    }

    @ParameterizedTest
    @MethodSource("names")
    void recognisesWhatSplitsTheSame(String name) {
        JsonNode structure = structures().path(name);
        assertEquals(name, name(tokenizer(structure), structure.path("model_type").stringValue()));
    }

    @ParameterizedTest
    @CsvSource({
        "glm4, dbrx",
        "solar-open, qwen2",
        "command-r, smollm",
        "lfm2, llama-bpe",
        "qwen35, qwen35",
        "hunyuan-dense, deepseek-v3",
        "olmo, gpt-2",
    })
    void aKindOfModelThatDecidesNothingGetsTheUsualName(String name, String usual) {
        assertEquals(usual, name(tokenizer(structures().path(name)), "unheard_of"));
    }

    @Test
    void theRegexDecidesWhateverTheKindOfModel() {
        assertEquals("qwen2", name(tokenizer(structures().path("qwen2")), "qwen3_5"));
    }

    /** Some files have line ends themselves where others have escapes. */
    @Test
    void lineEndsMayBeEscapedOrNot() {
        String file = tokenizer(structures().path("qwen35"));
        String other = file.replace("\\\\r\\\\n", "\\r\\n");
        assertNotEquals(file, other);
        assertEquals("qwen35", name(other, ""));
    }

    private static void refused(String name, UnaryOperator<String> edit, String part) {
        String file = tokenizer(structures().path(name));
        String other = edit.apply(file);
        assertNotEquals(file, other);
        Refusal refusal = assertThrows(Refusal.class, () -> name(other, "qwen3_5"));
        assertEquals(Refusal.Kind.NOT_SUPPORTED, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith("tokenizer.json: has "), message);
        assertTrue(message.contains(part), message);
    }

    @Test
    void refusesWhatSplitsOtherwise() {
        Map<String, String> edits =
                Map.of(
                        "\"Isolated\"", "\"Removed\"",
                        "\"invert\":false", "\"invert\":true",
                        "\"add_prefix_space\":false", "\"add_prefix_space\":true",
                        "\"use_regex\":false", "\"use_regex\":true",
                        "\"ignore_merges\": false", "\"ignore_merges\": true",
                        "\\\\p{N}|", "\\\\p{N}{1,2}|",
                        "\"Regex\"", "\"String\"",
                        "\"ByteLevel\"", "\"Metaspace\"");
        edits.forEach((from, to) -> refused("qwen35", f -> f.replace(from, to), "Split"));
        refused("falcon", f -> f.replace("Contiguous", "Isolated"), "Punctuation");
        refused("llama-bpe", f -> f.replace("1,3", "1,4"), "{1,4}");
        refused("tekken", f -> f.replace(": true", ": false"), "Split");
    }

    @Test
    void refusesWhatIsNoByteLevelBpe() {
        refused("qwen2", f -> f.replace("\"BPE\"", "\"Unigram\""), "a Unigram model");
        refused("qwen2", f -> f.replace("}}", ",\"byte_fallback\":true}}"), "byte fallback");
        refused("qwen2", f -> f.replace("}}", ",\"end_of_word_suffix\":\"_\"}}"), "suffix");
        refused("qwen2", f -> f.replace("null", "{\"type\":\"Lowercase\"}"), "Lowercase");
    }
}
