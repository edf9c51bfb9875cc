package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import tools.jackson.databind.JsonNode;

/** Against what llama.cpp's converter and llama-quantize wrote. */
class GgufMetadataBuilderTest {
    @TempDir Path folder;

    static Stream<Arguments> records() {
        return Recorded.MODELS.stream()
                .flatMap(model ->
                        Recorded.ggufRecords(model).stream()
                                .map(record -> Arguments.of(model, record)));
    }

    @ParameterizedTest
    @MethodSource("records")
    void keysTypesValuesAndOrderAreLlamaCpps(String model, String record) {
        JsonNode digest = Recorded.gguf(model, record);
        Qwen35 qwen = Recorded.model(model);
        if (record.startsWith("no-mtp")) {
            qwen = qwen.withoutMtp();
        }
        SequencedMap<String, GgufValue> keys =
                GgufMetadataBuilder.build(
                        ModelFolder.open(Recorded.folder(model)),
                        model,
                        qwen,
                        parameters(qwen),
                        Recorded.fileType(record),
                        Recorded.fileType(record).quantized(),
                        matrixKeys(digest));
        assertEquals(
                digest.path("kv").properties().stream()
                        .map(e -> e.getKey() + " " + e.getValue().path("type").stringValue())
                        .toList(),
                keys.entrySet().stream().map(e -> e.getKey() + " " + type(e.getValue())).toList());
        keys.forEach((key, value) -> same(key, digest.path("kv").path(key).path("value"), value));
        long bytes = fileBytes(digest, keys);
        // These records name their matrix by another path than the files do.
        if (!record.startsWith("imatrix")) {
            assertEquals(digest.path("file_bytes").longValue(), bytes);
        }
    }

    /** What llama-quantize adds of an importance matrix, after all else. */
    private static SequencedMap<String, GgufValue> matrixKeys(JsonNode digest) {
        SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : digest.path("kv").properties()) {
            if (e.getKey().startsWith("quantize.imatrix")) {
                JsonNode value = e.getValue().path("value");
                keys.put(
                        e.getKey(),
                        value.isString()
                                ? new GgufValue.Text(value.stringValue())
                                : new GgufValue.U32(value.longValue()));
            }
        }
        return keys;
    }

    private static long parameters(Qwen35 model) {
        return model.tensors().stream().map(TensorSpec::shape).mapToLong(Shape::elements).sum();
    }

    /** The length of a file with these keys and the recorded tensors: the header counts too. */
    private static long fileBytes(JsonNode digest, SequencedMap<String, GgufValue> keys) {
        List<GgufLayout.Entry> entries = new ArrayList<>();
        for (JsonNode t : digest.path("tensors")) {
            List<Long> dimensions = new ArrayList<>();
            t.path("shape").forEach(d -> dimensions.addFirst(d.longValue()));
            entries.add(
                    new GgufLayout.Entry(
                            t.path("name").stringValue(),
                            GgufType.valueOf(t.path("type").stringValue()),
                            new Shape(dimensions)));
        }
        GgufLayout layout = GgufLayout.of(keys, entries);
        for (int i = 0; i < entries.size(); i++) {
            assertEquals(
                    digest.path("tensors").path(i).path("offset").longValue(),
                    layout.tensors().get(i).offset() - layout.header().length());
        }
        return layout.fileBytes();
    }

    private static String type(GgufValue value) {
        return switch (value) {
            case GgufValue.Strings s -> "ARRAY/STRING";
            case GgufValue.Numbers n -> "ARRAY/" + word(n.element().toString());
            default -> word(value.type().toString());
        };
    }

    private static String word(String type) {
        return switch (type) {
            case "u32" -> "UINT32";
            case "i32" -> "INT32";
            case "f32" -> "FLOAT32";
            case "bool" -> "BOOL";
            case "string" -> "STRING";
            default -> type;
        };
    }

    private static void same(String key, JsonNode expected, GgufValue value) {
        switch (value) {
            case GgufValue.Text t -> assertEquals(expected.stringValue(), t.value(), key);
            case GgufValue.U32 v -> assertEquals(expected.longValue(), v.value(), key);
            case GgufValue.I32 v -> assertEquals(expected.intValue(), v.value(), key);
            case GgufValue.F32 v -> assertEquals(expected.doubleValue(), (double) v.value(), key);
            case GgufValue.Bool v -> assertEquals(expected.booleanValue(), v.value(), key);
            case GgufValue.Strings s ->
                    sameList(key, expected, s.values().stream().map(Python::quoted).toList());
            case GgufValue.Numbers n ->
                    sameList(
                            key,
                            expected,
                            IntStream.range(0, n.size())
                                    .mapToObj(i -> String.valueOf(n.integer(i)))
                                    .toList());
            default -> throw new AssertionError(key + " is " + value.description());
        }
    }

    /** A long list is recorded as the hash of Python's JSON of it. */
    private static void sameList(String key, JsonNode expected, List<String> elements) {
        String json = elements.stream().collect(Collectors.joining(", ", "[", "]"));
        if (expected.isArray()) {
            List<String> recorded = new ArrayList<>();
            expected.forEach(e -> recorded.add(e.toString()));
            assertEquals(recorded, elements, key);
        } else {
            assertEquals(expected.path("count").intValue(), elements.size(), key);
            assertEquals(expected.path("sha256").stringValue(), Python.sha256(json), key);
        }
    }

    /** {@code json.dumps(..., ensure_ascii=False)} and its hash. */
    private static final class Python {
        static String quoted(String s) {
            StringBuilder out = new StringBuilder("\"");
            for (char c : s.toCharArray()) {
                switch (c) {
                    case '"' -> out.append("\\\"");
                    case '\\' -> out.append("\\\\");
                    case '\n' -> out.append("\\n");
                    case '\r' -> out.append("\\r");
                    case '\t' -> out.append("\\t");
                    case '\b' -> out.append("\\b");
                    case '\f' -> out.append("\\f");
                    default -> out.append(c < 32 ? String.format("\\u%04x", (int) c) : c);
                }
            }
            return out.append('"').toString();
        }

        static String sha256(String text) {
            try {
                byte[] hash =
                        MessageDigest.getInstance("SHA-256")
                                .digest(text.getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(hash);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The tiny checkpoint's small files, where a test may change them. */
    private void copy() throws IOException {
        for (String name :
                List.of(
                        ModelFolder.CONFIG,
                        ModelFolder.GENERATION_CONFIG,
                        ModelFolder.TOKENIZER,
                        ModelFolder.TOKENIZER_CONFIG,
                        ModelFolder.CHAT_TEMPLATE)) {
            Files.copy(
                    Files.newInputStream(Recorded.folder("tiny-qwen35").resolve(name)),
                    folder.resolve(name));
        }
    }

    private void change(String file, UnaryOperator<String> edit) throws IOException {
        Path path = folder.resolve(file);
        String before = Files.readString(path);
        String after = edit.apply(before);
        assertNotEquals(before, after, "nothing changed in " + file);
        Files.writeString(path, after);
    }

    private SequencedMap<String, GgufValue> built() {
        Qwen35 qwen = Recorded.model("tiny-qwen35");
        return GgufMetadataBuilder.build(
                ModelFolder.open(folder),
                "x",
                qwen,
                0,
                GgufFileType.BF16,
                false,
                new LinkedHashMap<>());
    }

    private void refused(Refusal.Kind kind, String... parts) {
        Refusal refusal = assertThrows(Refusal.class, this::built);
        assertEquals(kind, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(folder.toString()), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    private static GgufValue text(String text) {
        return new GgufValue.Text(text);
    }

    @Test
    void doesWithoutAGenerationConfig() throws IOException {
        copy();
        Files.delete(folder.resolve(ModelFolder.GENERATION_CONFIG));
        SequencedMap<String, GgufValue> keys = built();
        assertTrue(keys.keySet().stream().noneMatch(k -> k.startsWith("general.sampling")));
        assertFalse(keys.containsKey("general.size_label"));
        assertEquals(new GgufValue.U32(2024), keys.get("tokenizer.ggml.eos_token_id"));
    }

    @Test
    void readsAFlatConfig() throws IOException {
        copy();
        change(
                ModelFolder.CONFIG,
                c ->
                        "{\"architectures\": [\"Qwen3_5ForCausalLM\"], \"eos_token_id\": 3,"
                                + " \"bos_token_id\": 7, \"_name_or_path\": \"org/Some-9B\"}");
        SequencedMap<String, GgufValue> keys = built();
        assertEquals(new GgufValue.U32(2024), keys.get("tokenizer.ggml.eos_token_id"));
        assertEquals(new GgufValue.U32(7), keys.get("tokenizer.ggml.bos_token_id"));
        assertEquals(text("Some 9B"), keys.get("general.name"));
        assertEquals(text("Org"), keys.get("general.organization"));
        assertEquals(text("9B"), keys.get("general.size_label"));
        change(ModelFolder.CONFIG, c -> c.replace(": 7,", ": 2048,"));
        refused(Refusal.Kind.BAD_INPUT, "bos_token_id is 2048");
    }

    @Test
    void theTemplateOfTheTokenizerConfigGoesFirst() throws IOException {
        copy();
        Files.writeString(folder.resolve(ModelFolder.CHAT_TEMPLATE), "jinja\r\nfile");
        Files.writeString(
                folder.resolve("chat_template.json"), "{\"chat_template\": \"json file\"}");
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(folder.resolve("additional_chat_templates/tool-use.jinja"), "tools");
        change(ModelFolder.TOKENIZER_CONFIG, c -> "{\"chat_template\": \"config\"}");
        assertEquals(text("config"), built().get("tokenizer.chat_template"));
        change(ModelFolder.TOKENIZER_CONFIG, c -> "{\"eos_token\": \"<|im_end|>\"}");
        SequencedMap<String, GgufValue> keys = built();
        assertEquals(text("jinja\nfile"), keys.get("tokenizer.chat_template"));
        assertEquals(text("tools"), keys.get("tokenizer.chat_template.tool_use"));
        assertEquals(
                new GgufValue.Strings(List.of("tool_use")), keys.get("tokenizer.chat_templates"));
        Files.delete(folder.resolve(ModelFolder.CHAT_TEMPLATE));
        assertEquals(text("json file"), built().get("tokenizer.chat_template"));
        Files.delete(folder.resolve("chat_template.json"));
        assertFalse(built().containsKey("tokenizer.chat_template"));
        change(
                ModelFolder.TOKENIZER_CONFIG,
                c ->
                        "{\"chat_template\": [{\"name\": \"b c\", \"template\": \"2\"},"
                                + " {\"name\": \"a\", \"template\": \"1\"}]}");
        assertEquals(
                new GgufValue.Strings(List.of("a", "b_c")),
                built().get("tokenizer.chat_templates"));
    }

    @Test
    void recognisesTheSplitOfQwen2() throws IOException {
        copy();
        change(
                ModelFolder.TOKENIZER,
                t -> t.replace("\\\\p{M}", "").replace("[\\\\p{L}]", "\\\\p{L}"));
        assertEquals(text("qwen2"), built().get("tokenizer.ggml.pre"));
        change(ModelFolder.TOKENIZER, t -> t.replace("\\\\p{N}|", "\\\\p{N}{1,2}|"));
        refused(Refusal.Kind.NOT_SUPPORTED, ModelFolder.TOKENIZER, "\\p{N}{1,2}|");
    }

    @Test
    void refusesOtherTokenizers() throws IOException {
        copy();
        change(ModelFolder.TOKENIZER, t -> t.replace("\"NFC\"", "\"Lowercase\""));
        refused(Refusal.Kind.NOT_SUPPORTED, "normalizer", "Lowercase");
        change(
                ModelFolder.TOKENIZER,
                t -> t.replace("\"Lowercase\"", "\"NFC\"").replace("\"Isolated\"", "\"Removed\""));
        refused(Refusal.Kind.NOT_SUPPORTED, "pre-tokenizer Split", "behavior=Removed", "ByteLevel");
        change(ModelFolder.TOKENIZER, t -> t.replace("\"BPE\"", "\"Unigram\""));
        refused(Refusal.Kind.NOT_SUPPORTED, "Unigram");
        Files.delete(folder.resolve(ModelFolder.TOKENIZER));
        refused(Refusal.Kind.BAD_INPUT, "holds no tokenizer.json");
    }

    @Test
    void refusesBrokenVocabularies() throws IOException {
        copy();
        String sound = Files.readString(folder.resolve(ModelFolder.TOKENIZER));
        String added = "\"id\": 2024,\n      \"content\": \"<|im_end|>\"";
        change(ModelFolder.TOKENIZER, t -> sound.replace(added, added.replace("2024", "2048")));
        refused(Refusal.Kind.BAD_INPUT, "<|im_end|>", "2048", "only 2048 rows");
        change(ModelFolder.TOKENIZER, t -> sound.replace(added, added.replace("2024", "-1")));
        refused(Refusal.Kind.BAD_INPUT, "<|im_end|> no sound id");
        change(
                ModelFolder.TOKENIZER,
                t -> sound.replace(added, added.replace("<|im_end|>", "<|im_start|>")));
        refused(Refusal.Kind.BAD_INPUT, "token 2024 twice");
        change(
                ModelFolder.TOKENIZER,
                t -> sound.replace(added, added.replace("<|im_end|>", "\\ud83d")));
        refused(Refusal.Kind.BAD_INPUT, "tokenizer.ggml.tokens", "surrogate");
    }

    @Test
    void refusesSettingsThatAreNone() throws IOException {
        copy();
        change(ModelFolder.GENERATION_CONFIG, g -> g.replace("20,", "\"many\","));
        refused(Refusal.Kind.BAD_INPUT, ModelFolder.GENERATION_CONFIG, "top_k is \"many\"");
        for (String number : List.of("NaN", "Infinity", "1e300", "true")) {
            change(ModelFolder.GENERATION_CONFIG, g -> "{\"min_p\": " + number + "}");
            refused(Refusal.Kind.BAD_INPUT, ModelFolder.GENERATION_CONFIG, "min_p is ");
        }
    }

    @Test
    void refusesStretchedContexts() throws IOException {
        copy();
        change(ModelFolder.CONFIG, c -> c.replace("\"default\"", "\"yarn\""));
        refused(Refusal.Kind.NOT_SUPPORTED, "rope type yarn");
    }

    @Test
    void readsATemplateAroundTheText() throws IOException {
        copy();
        change(
                ModelFolder.TOKENIZER,
                t ->
                        t.replace(
                                "\"post_processor\": null",
                                "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\":"
                                        + " [{\"Sequence\": {\"id\": \"A\"}}, {\"SpecialToken\":"
                                        + " {\"id\": \"<|endoftext|>\"}}]}"));
        SequencedMap<String, GgufValue> keys = built();
        assertEquals(new GgufValue.U32(2022), keys.get("tokenizer.ggml.eos_token_id"));
        assertEquals(new GgufValue.U32(2024), keys.get("tokenizer.ggml.eot_token_id"));
        assertEquals(new GgufValue.Bool(true), keys.get("tokenizer.ggml.add_eos_token"));
    }

    @Test
    void joinsMergesOfEitherForm() throws IOException {
        copy();
        change(
                ModelFolder.TOKENIZER,
                t ->
                        t.substring(0, t.indexOf("\"merges\": ["))
                                + "\"merges\": [\"a b\", [\"c d\", \"e\"]]}}");
        assertEquals(
                new GgufValue.Strings(List.of("a b", "cĠd e")),
                built().get("tokenizer.ggml.merges"));
    }
}
