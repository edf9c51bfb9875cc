package pennyweight.converter.model.qwen35;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static pennyweight.converter.model.qwen35.LayerKind.GATED_ATTENTION;
import static pennyweight.converter.model.qwen35.LayerKind.GATED_DELTA;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class Qwen35ConfigTest {
    private static final Path DATA = Path.of(System.getProperty("pennyweight.testdata"));
    private static final Path FILE = Path.of("model", "config.json");
    private static final String ROPE = "\"rope_parameters\":{\"rope_theta\":10000000}";

    /** The tensors that are asked for, of a model with so many layers. */
    private static Map<Role, Shape> tensors(int layers, int mtpLayers) {
        Map<Role, Shape> tensors = new HashMap<>();
        tensors.put(Role.text(Part.EMBEDDING), Shape.of(1000, 64));
        for (int i = 0; i < layers; i++) {
            tensors.put(Role.text(i, Part.INPUT_NORM), Shape.of(64));
        }
        for (int i = 0; i < mtpLayers; i++) {
            tensors.put(new Role(Scope.MTP, i, Part.INPUT_NORM), Shape.of(64));
        }
        return tensors;
    }

    private static Qwen35 read(String config, Map<Role, Shape> tensors) {
        return Qwen35Config.read(
                FILE,
                JsonMapper.shared().readTree(config),
                role -> Optional.ofNullable(tensors.get(role)));
    }

    /** A flat config of 8 layers with {@code fields} besides. */
    private static String flat(String... fields) {
        return "{\"architectures\":[\"Qwen3_5ForCausalLM\"],\"model_type\":\"qwen3_5_text\","
                + "\"hidden_size\":64,\"num_hidden_layers\":8,"
                + String.join(",", fields)
                + "}";
    }

    private static Qwen35 ofFolder(String name) {
        ModelFolder folder = ModelFolder.open(DATA.resolve(name));
        HuggingFaceDialect dialect = new HuggingFaceDialect(true);
        try (SafetensorsFolder weights = SafetensorsFolder.open(folder.path())) {
            Qwen35 model =
                    Qwen35Config.read(
                            folder.configFile(),
                            folder.config(),
                            role -> weights.tensor(dialect.name(role)).map(TensorEntry::shape));
            for (TensorSpec spec : model.tensors()) {
                assertEquals(
                        Optional.of(spec.shape()),
                        weights.tensor(dialect.name(spec.role())).map(TensorEntry::shape),
                        spec.role().toString());
            }
            return model;
        }
    }

    @Test
    void readsATiedModel() {
        assertEquals(
                new Qwen35(
                        2048,
                        256,
                        512,
                        List.of(GATED_DELTA, GATED_DELTA, GATED_DELTA, GATED_ATTENTION),
                        4,
                        2,
                        64,
                        16,
                        1e7,
                        List.of(3, 3, 2),
                        4,
                        4,
                        64,
                        64,
                        4,
                        1e-6,
                        4096,
                        4,
                        true,
                        1,
                        HeadOrder.GROUPED),
                ofFolder("tiny-qwen35"));
    }

    @Test
    void readsAnUntiedModelWithMoreValueHeadsThanKeyHeads() {
        Qwen35 model = ofFolder("micro4b");
        assertEquals(2, model.keyHeads());
        assertEquals(4, model.valueHeads());
        assertEquals(8, model.heads());
        assertFalse(model.tied());
        assertEquals(1, model.mtpLayers());
    }

    /** MLX's tools say {@code type} for {@code rope_type}, and drop the MTP head. */
    @ParameterizedTest
    @ValueSource(strings = {"lm-4bit-g64", "lm-mixed_3_6", "vlm-4bit-g64"})
    void readsAConfigThatMlxWrote(String name) {
        JsonNode digest =
                JsonFile.readObject(DATA.resolve("golden/tiny-qwen35/mlx/" + name + ".json"));
        Map<Role, Shape> tensors = tensors(4, 0);
        tensors.put(Role.text(Part.EMBEDDING), Shape.of(2048, 32));
        Qwen35 model = read(digest.path("files").path("config.json").toString(), tensors);
        Qwen35 original = ofFolder("tiny-qwen35");
        assertEquals(0, model.mtpLayers());
        assertEquals(original.vocabulary(), model.vocabulary());
        assertEquals(original.kinds(), model.kinds());
        assertEquals(original.ropeTheta(), model.ropeTheta());
        assertEquals(original.ropeSections(), model.ropeSections());
        assertTrue(model.tied());
    }

    @Test
    void takesTheDefaultsOfTransformers() {
        Qwen35 model = read(flat(ROPE), tensors(8, 0));
        assertEquals(
                new Qwen35(
                        1000,
                        64,
                        12288,
                        List.of(
                                GATED_DELTA,
                                GATED_DELTA,
                                GATED_DELTA,
                                GATED_ATTENTION,
                                GATED_DELTA,
                                GATED_DELTA,
                                GATED_DELTA,
                                GATED_ATTENTION),
                        16,
                        4,
                        256,
                        64,
                        1e7,
                        List.of(11, 11, 10),
                        16,
                        32,
                        128,
                        128,
                        4,
                        1e-6,
                        32768,
                        4,
                        true,
                        0,
                        HeadOrder.GROUPED),
                model);
        assertEquals(model, read(flat(ROPE, "\"head_dim\":null"), tensors(8, 0)));
    }

    @Test
    void believesTheTensors() {
        Map<Role, Shape> tensors = tensors(8, 2);
        tensors.put(Role.text(Part.HEAD), Shape.of(1000, 64));
        Qwen35 model =
                read(
                        flat(
                                ROPE,
                                "\"vocab_size\":999",
                                "\"tie_word_embeddings\":true",
                                "\"mtp_num_hidden_layers\":1"),
                        tensors);
        assertEquals(1000, model.vocabulary());
        assertEquals(2, model.mtpLayers());
        assertFalse(model.tied());
    }

    @Test
    void readsTheOldSpellingOfRope() {
        Qwen35 model =
                read(
                        flat(
                                "\"rope_theta\":5000000.5",
                                "\"partial_rotary_factor\":0.5",
                                "\"head_dim\":32",
                                "\"rope_scaling\":{\"type\":\"mrope\",\"mrope_section\":[4,2,2]}"),
                        tensors(8, 0));
        assertEquals(5000000.5, model.ropeTheta());
        assertEquals(16, model.rotaryDimensions());
        assertEquals(List.of(4, 2, 2), model.ropeSections());
        assertEquals(1e7, read(flat("\"rope_theta\":1e7"), tensors(8, 0)).ropeTheta());
    }

    @Test
    void findsTheIntervalThatTheLayersFollow() {
        String pairs =
                "\"layer_types\":["
                        + String.join(
                                ",",
                                Collections.nCopies(4, "\"linear_attention\",\"full_attention\""))
                        + "]";
        Qwen35 model = read(flat(ROPE, pairs, "\"full_attention_interval\":4"), tensors(8, 0));
        assertEquals(2, model.fullAttentionInterval());
        assertEquals(
                List.of(GATED_DELTA, GATED_DELTA, GATED_ATTENTION),
                read(flat(ROPE, "\"full_attention_interval\":3"), tensors(8, 0))
                        .kinds()
                        .subList(3, 6));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model_type\":\"llama\",\"architectures\":[\"LlamaForCausalLM\"]}|names the architecture LlamaForCausalLM (llama)",
                "{\"model_type\":\"qwen3_5_mtp\"}|names the architecture qwen3_5_mtp",
                "{\"model_type\":\"qwen3_5\",\"architectures\":[\"Qwen3_5ForSequenceClassification\"]}|names the architecture Qwen3_5ForSequenceClassification (qwen3_5)",
                "{\"hidden_size\":64}|names no architecture",
            })
    void refusesAnotherFamily(String config, String problem) {
        assertRefused(config, Refusal.Kind.NOT_SUPPORTED, problem);
        assertRefused(config, Refusal.Kind.NOT_SUPPORTED, "Qwen3_5ForConditionalGeneration");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model_type\":\"qwen3_5\"}|text_config is missing",
                "{\"model_type\":\"qwen3_5\",\"text_config\":[]}|text_config is no JSON object",
                "{\"model_type\":7}|model_type is 7, where a string",
                "{\"model_type\":\"qwen3_5\",\"text_config\":{\"hidden_size\":0}}|text_config.hidden_size is 0, where a whole number",
            })
    void refusesAConfigOfTheWrongForm(String config, String problem) {
        assertRefused(config, Refusal.Kind.BAD_INPUT, problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"hidden_act\":\"gelu\"|hidden_act is gelu; supported is silu",
                "\"attention_bias\":true|attention_bias is true; supported is false",
                "\"attn_output_gate\":false|attn_output_gate is false; supported is true",
                "\"layer_types\":[\"linear_attention\",\"mamba\",\"mamba\",\"mamba\",\"mamba\",\"mamba\",\"mamba\",\"mamba\"]|layer_types names mamba",
                "\"layer_types\":[\"full_attention\",\"linear_attention\",\"mamba\",\"x\",\"x\",\"x\",\"x\",\"x\"]|layer_types names mamba",
                "\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4}|rope_scaling.rope_type is yarn",
                "\"rope_scaling\":{\"type\":\"linear\"}|rope_scaling.type is linear",
            })
    void refusesWhatIsNotSupported(String field, String problem) {
        assertRefused(flat(ROPE, field), Refusal.Kind.NOT_SUPPORTED, problem);
    }

    @Test
    void refusesLayersAtNoFixedInterval() {
        String types =
                "\"layer_types\":[\"full_attention\""
                        + ",\"linear_attention\"".repeat(6)
                        + ",\"full_attention\"]";
        assertRefused(
                flat(ROPE, types),
                Refusal.Kind.NOT_SUPPORTED,
                "layer_types puts full attention at no fixed interval");
    }

    @Test
    void refusesAnMtpHeadWithItsOwnEmbedding() {
        String config = flat(ROPE, "\"mtp_use_dedicated_embeddings\":true");
        assertEquals(0, read(config, tensors(8, 0)).mtpLayers());
        assertRefused(
                config,
                tensors(8, 1),
                Refusal.Kind.NOT_SUPPORTED,
                "mtp_use_dedicated_embeddings is true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"intermediate_size\":-1|intermediate_size is -1, where a whole number",
                "\"intermediate_size\":1.5|intermediate_size is 1.5, where a whole number",
                "\"intermediate_size\":4294967296|intermediate_size is 4294967296, where",
                "\"intermediate_size\":\"big\"|intermediate_size is \"big\", where",
                "\"num_attention_heads\":6|num_attention_heads is 6, no multiple of num_key_value_heads, 4",
                "\"linear_num_value_heads\":24|linear_num_value_heads is 24, no multiple of linear_num_key_heads, 16",
                "\"head_dim\":2000000000|num_attention_heads gives a matrix of more than",
                "\"linear_key_head_dim\":2000000000|linear_num_value_heads gives a matrix of more",
                "\"linear_value_head_dim\":2000000000|linear_num_value_heads gives a matrix of more",
                "\"rms_norm_eps\":-1e-6|rms_norm_eps is -1.0E-6, not between 0 and 1",
                "\"rms_norm_eps\":\"x\"|rms_norm_eps is \"x\", where a number is wanted",
                "\"attention_bias\":0|attention_bias is 0, where true or false is wanted",
                "\"layer_types\":[\"linear_attention\"]|layer_types names 1 layers, where num_hidden_layers is 8",
                "\"layer_types\":\"linear\"|layer_types is \"linear\", where an array",
                "\"tie_word_embeddings\":false|tie_word_embeddings is false, but the weights hold no output head",
                "\"rope_scaling\":{}|rope_theta is missing",
                "\"rope_scaling\":{\"rope_theta\":-1}|rope_scaling.rope_theta is -1.0, not positive",
                "\"partial_rotary_factor\":0|partial_rotary_factor is 0.0, which rotates no even number",
                "\"partial_rotary_factor\":1.5|partial_rotary_factor is 1.5, which",
                "\"head_dim\":24,\"partial_rotary_factor\":0.125|partial_rotary_factor is 0.125, which",
                "\"head_dim\":64|mrope_section is [11, 11, 10], where three numbers with the sum 8",
                "\"rope_scaling\":{\"rope_theta\":1,\"mrope_section\":[16,16]}|mrope_section is [16, 16], where",
            })
    void refusesAFieldThatCannotBeMeantSo(String field, String problem) {
        assertRefused(flat(ROPE, field), Refusal.Kind.BAD_INPUT, problem);
    }

    @Test
    void refusesAConfigWithoutRope() {
        assertRefused(
                flat("\"head_dim\":256"), Refusal.Kind.BAD_INPUT, "rope_parameters is missing");
    }

    @Test
    void refusesTensorsThatContradictTheConfig() {
        assertRefused(
                flat(ROPE),
                tensors(7, 0),
                Refusal.Kind.BAD_INPUT,
                "num_hidden_layers is 8, but the weights hold 7 layers");
        String vast = flat(ROPE).replace("_layers\":8", "_layers\":2000000000");
        assertRefused(
                vast, Refusal.Kind.BAD_INPUT, "num_hidden_layers is 2000000000, but the weights");
        Map<Role, Shape> tensors = tensors(8, 0);
        tensors.remove(Role.text(Part.EMBEDDING));
        assertRefused(flat(ROPE), tensors, Refusal.Kind.BAD_INPUT, "hold no token embedding");
        tensors.put(Role.text(Part.EMBEDDING), Shape.of(1000));
        assertRefused(
                flat(ROPE),
                tensors,
                Refusal.Kind.BAD_INPUT,
                "token embedding of the weights is [1000]");
    }

    /**
     * Every field of a real config, set to each of some wrong values, gives a model or a refusal.
     */
    @Test
    void refusesWhateverIsInAField() {
        ModelFolder folder = ModelFolder.open(DATA.resolve("tiny-qwen35"));
        Map<Role, Shape> tensors = tensors(4, 1);
        List<String> values =
                List.of(
                        "-1",
                        "0",
                        "1e300",
                        "NaN",
                        "\"x\\ny\"",
                        "[]",
                        "[[]]",
                        "{}",
                        "true",
                        "[-1,0]");
        int refused = 0;
        for (String name : folder.config().path("text_config").propertyNames()) {
            for (String value : values) {
                ObjectNode config = (ObjectNode) folder.config().deepCopy();
                ((ObjectNode) config.path("text_config"))
                        .set(
                                name,
                                value.equals("NaN") ? nan() : JsonMapper.shared().readTree(value));
                try {
                    Qwen35Config.read(FILE, config, role -> Optional.ofNullable(tensors.get(role)));
                } catch (Refusal refusal) {
                    String message = String.valueOf(refusal.getMessage());
                    assertTrue(message.contains("text_config." + name), message);
                    assertFalse(message.contains("\n"), message);
                    refused++;
                }
            }
        }
        assertTrue(refused > 150, refused + " refused");
    }

    private static JsonNode nan() {
        return JsonMapper.shared().getNodeFactory().numberNode(Double.NaN);
    }

    @Test
    void recognisesItsFamilyOnly() {
        assertTrue(
                Stream.of("tiny-qwen35", "micro2b", "micro4b")
                        .map(name -> ModelFolder.open(DATA.resolve(name)).config())
                        .allMatch(Qwen35Config::recognises));
        assertFalse(
                Qwen35Config.recognises(
                        JsonMapper.shared().readTree("{\"model_type\":\"qwen3_5_moe\"}")));
    }

    private static void assertRefused(String config, Refusal.Kind kind, String problem) {
        assertRefused(config, tensors(8, 0), kind, problem);
    }

    private static void assertRefused(
            String config, Map<Role, Shape> tensors, Refusal.Kind kind, String problem) {
        Refusal refusal = assertThrows(Refusal.class, () -> read(config, tensors));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(FILE + ": ") && message.contains(problem), message);
        assertFalse(message.contains("\n"), message);
        assertEquals(kind, refusal.kind(), message);
    }
}
