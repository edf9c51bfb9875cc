package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Against what llama.cpp's converter made of the same folders. */
class GgufTokenizerTest {
    private static final Path RECORDS = Recorded.folder("golden").resolve("tokenizers");

    @TempDir Path folder;

    static Stream<String> variants() {
        return read("variants.json").propertyNames().stream();
    }

    private static JsonNode read(String file) {
        return JsonFile.readObject(RECORDS.resolve(file));
    }

    /** {@code base} with {@code patch} merged in: a null takes a key away. */
    private static JsonNode merged(JsonNode base, JsonNode patch) {
        if (!base.isObject() || !patch.isObject()) {
            return patch;
        }
        ObjectNode out = ((ObjectNode) base).deepCopy();
        patch.properties()
                .forEach(e -> {
                    if (e.getValue().isNull()) {
                        out.remove(e.getKey());
                    } else {
                        out.set(e.getKey(), merged(out.path(e.getKey()), e.getValue()));
                    }
                });
        return out;
    }

    private SequencedMap<String, GgufValue> keys(JsonNode variant) throws IOException {
        JsonNode files = merged(read("base.json"), variant);
        for (Map.Entry<String, JsonNode> e : files.properties()) {
            Path file = folder.resolve(e.getKey());
            Files.createDirectories(file.getParent());
            Files.writeString(file, e.getValue().asString(e.getValue().toString()));
        }
        return GgufTokenizer.keys(
                ModelFolder.open(folder), files.path("config.json").path("vocab_size").intValue());
    }

    private SequencedMap<String, GgufValue> keys(String variant) throws IOException {
        return keys(JsonMapper.shared().readTree(variant));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void keysTypesValuesAndOrderAreLlamaCpps(String variant) throws IOException {
        List<String> expected = new ArrayList<>();
        read("keys.json")
                .path(variant)
                .forEach(key ->
                        expected.add(
                                key.get(0).stringValue()
                                        + " "
                                        + key.get(1).stringValue()
                                        + " "
                                        + key.get(2)));
        assertFalse(expected.isEmpty());
        SequencedMap<String, GgufValue> keys = keys(read("variants.json").path(variant));
        assertEquals(
                new GgufValue.Text("qwen35"),
                keys.remove("tokenizer.ggml.pre"),
                "the records leave it out");
        assertEquals(
                expected,
                keys.entrySet().stream().map(e -> e.getKey() + " " + shown(e.getValue())).toList());
    }

    private static String shown(GgufValue value) {
        JsonMapper json = JsonMapper.shared();
        return switch (value) {
            case GgufValue.Text t -> "STRING " + json.writeValueAsString(t.value());
            case GgufValue.U32 v -> "UINT32 " + v.value();
            case GgufValue.Bool v -> "BOOL " + v.value();
            case GgufValue.Strings s -> "ARRAY/STRING " + json.writeValueAsString(s.values());
            case GgufValue.Numbers n ->
                    "ARRAY/INT32 "
                            + json.writeValueAsString(
                                    IntStream.range(0, n.size()).mapToObj(n::integer).toList());
            default -> throw new AssertionError(value.description());
        };
    }

    private static List<String> tokens(SequencedMap<String, GgufValue> keys) {
        return ((GgufValue.Strings) keys.get("tokenizer.ggml.tokens")).values();
    }

    /** The converter would write a replacement character for it, which no text has. */
    @Test
    void anAddedTokenThatIsNoTextInBytesStays() throws IOException {
        String added =
                read("base.json")
                        .path("tokenizer.json")
                        .path("added_tokens")
                        .toString()
                        .replace("<think>", "<\u00E9>");
        assertEquals(
                "<\u00E9>",
                tokens(keys("{\"tokenizer.json\": {\"added_tokens\": " + added + "}}")).get(263));
    }

    /** The text of another added token, of one of the vocabulary, of a row without a token. */
    @ParameterizedTest
    @CsvSource({"<think>, 264", "&, 264", "[PAD268], 268"})
    void refusesATextThatTwoRowsHave(String text, int row) throws IOException {
        String added =
                read("base.json")
                        .path("tokenizer.json")
                        .path("added_tokens")
                        .toString()
                        .replace("</think>", text);
        Refusal refusal =
                assertThrows(
                        Refusal.class,
                        () -> keys("{\"tokenizer.json\": {\"added_tokens\": " + added + "}}"));
        assertTrue(
                String.valueOf(refusal.getMessage()).contains("token " + row + " twice"),
                refusal.getMessage());
    }

    @Test
    void aTokenWithoutARowIsLeftOut() throws IOException {
        SequencedMap<String, GgufValue> keys =
                keys(
                        "{\"config.json\": {\"vocab_size\": 266}, \"tokenizer_config.json\":"
                                + " {\"unk_token\": \"<u>\", \"mask_token\": \"<m>\"}}");
        assertEquals("<u>", tokens(keys).get(265));
        assertEquals(266, tokens(keys).size());
    }

    /** Without a tokenizer_config.json, or with an empty one, the converter drops the template. */
    @ParameterizedTest
    @CsvSource({"null", "{}", "'{\"chat_template\": null}'"})
    void aTemplateIsKept(String config) throws IOException {
        String variant = "{\"tokenizer_config.json\": null, \"chat_template.jinja\": \"kept\"}";
        if (!config.equals("null")) {
            Files.writeString(folder.resolve(ModelFolder.TOKENIZER_CONFIG), config);
        }
        assertEquals(new GgufValue.Text("kept"), keys(variant).get("tokenizer.chat_template"));
    }

    /** The converter takes them in whatever order the folder has them. */
    @Test
    void templatesInFilesAreSorted() throws IOException {
        SequencedMap<String, GgufValue> keys =
                keys(
                        "{\"chat_template.jinja\": \"d\","
                                + " \"additional_chat_templates/z.jinja\": \"z\","
                                + " \"additional_chat_templates/a.jinja\": \"a\","
                                + " \"additional_chat_templates/m.txt\": \"m\"}");
        assertEquals(
                List.of(
                        "tokenizer.chat_template.a",
                        "tokenizer.chat_template.z",
                        "tokenizer.chat_templates",
                        "tokenizer.chat_template"),
                keys.keySet().stream().filter(k -> k.startsWith("tokenizer.chat")).toList());
    }

    @Test
    void aTemplateWithoutATextIsNotNamed() throws IOException {
        SequencedMap<String, GgufValue> keys =
                keys(
                        "{\"tokenizer_config.json\": {\"chat_template\":"
                                + " [{\"name\": \"e\", \"template\": \"\"}]}}");
        assertTrue(keys.keySet().stream().noneMatch(k -> k.startsWith("tokenizer.chat")));
    }

    @Test
    void minusOneIsNoToken() throws IOException {
        SequencedMap<String, GgufValue> keys =
                keys("{\"config.json\": {\"bos_token_id\": -1, \"eos_token_id\": 999}}");
        assertFalse(keys.containsKey("tokenizer.ggml.bos_token_id"));
        assertEquals(new GgufValue.U32(262), keys.get("tokenizer.ggml.eos_token_id"));
    }

    @ParameterizedTest
    @CsvSource({"-2", "270"})
    void refusesAnIdThatIsNone(int id) {
        Refusal refusal =
                assertThrows(
                        Refusal.class,
                        () -> keys("{\"config.json\": {\"mask_token_id\": " + id + "}}"));
        assertTrue(String.valueOf(refusal.getMessage()).contains("mask_token_id is " + id));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|has no merges",
                "[[\"a\", \"b\", \"c\"]]|no pair",
                "[7]|no pair",
                "{\"a\": 1}|no pair"
            })
    void refusesMergesThatAreNone(String merges, String part) {
        Refusal refusal =
                assertThrows(
                        Refusal.class,
                        () ->
                                keys(
                                        "{\"tokenizer.json\": {\"model\": {\"merges\": "
                                                + merges
                                                + "}}}"));
        assertTrue(String.valueOf(refusal.getMessage()).contains(part), refusal.getMessage());
    }
}
