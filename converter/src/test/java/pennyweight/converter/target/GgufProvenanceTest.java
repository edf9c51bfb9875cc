package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against what llama.cpp's gguf-py made of the same cards, configs and folder names. */
class GgufProvenanceTest {
    private static final Path CARDS = Recorded.folder("golden").resolve("model-cards");

    @TempDir Path folder;

    static Stream<String> cards() {
        return JsonFile.readObject(CARDS.resolve("parameters.json")).propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("cards")
    void keysTypesValuesAndOrderAreLlamaCpps(String name) throws IOException {
        for (String file : List.of(ModelFolder.TOKENIZER, ModelFolder.TOKENIZER_CONFIG)) {
            Files.copy(Recorded.folder("tiny-qwen35").resolve(file), folder.resolve(file));
        }
        try (Stream<Path> files = Files.list(CARDS.resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        long parameters =
                JsonFile.readObject(CARDS.resolve("parameters.json")).path(name).longValue();
        SequencedMap<String, GgufValue> keys =
                GgufMetadataBuilder.build(
                        ModelFolder.open(folder),
                        name,
                        Recorded.model("tiny-qwen35"),
                        parameters,
                        GgufFileType.Q8_0,
                        true,
                        new LinkedHashMap<>());
        List<String> expected = new ArrayList<>();
        for (JsonNode key :
                JsonMapper.shared().readTree(Files.readString(folder.resolve("general.json")))) {
            expected.add(
                    key.get(0).stringValue() + " " + key.get(1).stringValue() + " " + key.get(2));
        }
        assertEquals(
                expected,
                keys.entrySet().stream()
                        .takeWhile(e -> e.getKey().startsWith("general."))
                        .map(e -> e.getKey() + " " + shown(e.getValue()))
                        .toList());
    }

    /** A type and a value as the records have them. */
    private static String shown(GgufValue value) {
        JsonMapper json = JsonMapper.shared();
        return switch (value) {
            case GgufValue.Text t -> "STRING " + json.writeValueAsString(t.value());
            case GgufValue.U32 v -> "UINT32 " + v.value();
            case GgufValue.I32 v -> "INT32 " + v.value();
            case GgufValue.F32 v -> "FLOAT32 " + (double) v.value();
            case GgufValue.Strings s -> "ARRAY/STRING " + json.writeValueAsString(s.values());
            default -> throw new AssertionError(value.description());
        };
    }

    private SequencedMap<String, GgufValue> keys(String config, String card) throws IOException {
        Files.writeString(folder.resolve(ModelFolder.CONFIG), config);
        Files.writeString(folder.resolve("README.md"), card);
        return GgufProvenance.keys(ModelFolder.open(folder), "some-folder", 0);
    }

    private static GgufValue text(String text) {
        return new GgufValue.Text(text);
    }

    /** The converter fails at these, or drops them. */
    @Test
    void whatYamlTakesForSomethingElseIsTheTextThatWasWritten() throws IOException {
        SequencedMap<String, GgufValue> keys =
                keys(
                        "{}",
                        "---\nversion: 1.10\nauthor: [A, B]\nlicense: no\nlanguage: no\n"
                                + "tags: [2024-05-01, 0x10, yes, 1_000, {a: b}, null]\n"
                                + "base_model: [12, {version: 2.0}, [x]]\n---\n");
        assertEquals(text("1.10"), keys.get("general.version"));
        assertEquals(text("A,B"), keys.get("general.author"));
        assertEquals(text("no"), keys.get("general.license"));
        assertEquals(new GgufValue.Strings(List.of("no")), keys.get("general.languages"));
        assertEquals(
                new GgufValue.Strings(List.of("2024-05-01", "0x10", "yes", "1_000")),
                keys.get("general.tags"));
        assertEquals(new GgufValue.U32(3), keys.get("general.base_model.count"));
        assertEquals(text("12"), keys.get("general.base_model.0.name"));
        assertEquals(text("2.0"), keys.get("general.base_model.1.version"));
        assertTrue(keys.keySet().stream().noneMatch(k -> k.startsWith("general.base_model.2")));
    }

    @Test
    void anEmptyNameIsNone() throws IOException {
        SequencedMap<String, GgufValue> keys =
                keys("{\"_name_or_path\": \"\"}", "---\nname: ''\nlicense_name: ''\n---\n");
        assertEquals(text("Some Folder"), keys.get("general.name"));
        assertFalse(keys.containsKey("general.license.name"));
        assertFalse(keys.containsKey("general.size_label"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "---\nlicense: mit\nauthor: [open\n---\n",
                "---\nlicense: mit\nauthor: a: b\n---\n",
                "---\nlicense: mit\nauthor: !!python/object:os.system x\n---\n",
                "---\nlicense: mit\nauthor: *unknown\n---\n",
            })
    void refusesBrokenYaml(String card) {
        Refusal refusal = assertThrows(Refusal.class, () -> keys("{}", card));
        assertEquals(Refusal.Kind.BAD_INPUT, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(folder.resolve("README.md") + ": begins with broken YAML"));
        assertTrue(message.contains("at line 3)") || message.contains("at line 4)"), message);
        assertEquals(1, message.lines().count());
    }
}
