package pennyweight.converter.dialect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufMetadata;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.gguf.GgufValue;
import tools.jackson.databind.JsonNode;

/** Models read from the recorded headers of llama.cpp's own files. */
class GgufModelReaderTest {
    private static final Path FILE = Path.of("model.gguf");

    private SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
    private List<GgufTensor> tensors = new ArrayList<>();

    private void load(String model, String record) {
        JsonNode digest = Recorded.gguf(model, record);
        keys = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : digest.path("kv").properties()) {
            JsonNode value = e.getValue().path("value");
            switch (e.getValue().path("type").stringValue()) {
                case "UINT32" -> keys.put(e.getKey(), new GgufValue.U32(value.longValue()));
                case "FLOAT32" ->
                        keys.put(e.getKey(), new GgufValue.F32((float) value.doubleValue()));
                case "STRING" -> keys.put(e.getKey(), new GgufValue.Text(value.stringValue()));
                case "ARRAY/INT32" -> {
                    if (value.isArray()) {
                        keys.put(e.getKey(), ints(value));
                    }
                }
                default -> assertTrue(e.getKey().startsWith("tokenizer") || value.isInt());
            }
        }
        tensors = new ArrayList<>();
        for (JsonNode t : digest.path("tensors")) {
            List<Long> dimensions = new ArrayList<>();
            t.path("shape").forEach(d -> dimensions.addFirst(d.longValue()));
            GgufType type = GgufType.valueOf(t.path("type").stringValue());
            tensors.add(
                    new GgufTensor(
                            t.path("name").stringValue(), type, new Shape(dimensions), 0, 0));
        }
    }

    private static GgufValue ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = array.path(i).intValue();
        }
        return GgufValue.Numbers.i32(ints);
    }

    private Qwen35 read() {
        return GgufModelReader.read(new GgufMetadata(FILE, keys), tensors);
    }

    private void refused(String... parts) {
        String message = String.valueOf(assertThrows(Refusal.class, this::read).getMessage());
        assertTrue(message.startsWith("model.gguf: "), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    static Stream<String> models() {
        return Recorded.MODELS.stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void readsTheModelThatWasConverted(String model) {
        Qwen35 whole = Recorded.tiled(Recorded.model(model));
        load(model, "Q4_K_M");
        assertEquals(whole, read());
        load(model, "f32");
        assertEquals(whole, read());
        load(model, "no-mtp-Q4_K_M");
        assertEquals(whole.withoutMtp(), read());
    }

    @Test
    void everyFourthLayerIsOfAttentionWhereNoKeySaysSo() {
        load("micro2b", "Q8_0");
        keys.remove("qwen35.full_attention_interval");
        assertEquals(Recorded.tiled(Recorded.model("micro2b")), read());
    }

    @Test
    void refusesOtherArchitectures() {
        load("micro4b", "Q8_0");
        keys.put("general.architecture", new GgufValue.Text("llama"));
        assertEquals(Refusal.Kind.NOT_SUPPORTED, assertThrows(Refusal.class, this::read).kind());
        refused("architecture llama", "only qwen35");
    }

    @Test
    void refusesWhatIsMissing() {
        load("micro4b", "Q8_0");
        List<String> needed =
                keys.keySet().stream()
                        .filter(k -> k.startsWith("qwen35."))
                        .filter(k -> !k.endsWith("nextn_predict_layers"))
                        .filter(k -> !k.endsWith("full_attention_interval"))
                        .toList();
        assertEquals(17, needed.size());
        for (String key : needed) {
            load("micro4b", "Q8_0");
            keys.remove(key);
            refused("no key " + key);
        }
        for (String name :
                List.of("token_embd.weight", "blk.2.ssm_a", "blk.4.nextn.enorm.weight")) {
            load("micro4b", "Q8_0");
            tensors.removeIf(t -> t.name().equals(name));
            refused("tensor " + name + ": is missing");
        }
        // Without this key the last block is one of the decoder's, of the other kind.
        load("micro4b", "Q8_0");
        keys.remove("qwen35.nextn_predict_layers");
        refused("tensor blk.4.attn_qkv.weight: is missing");
    }

    @Test
    void refusesShapesThatTheKeysDoNotWant() {
        load("micro4b", "Q8_0");
        GgufTensor t = tensors.removeFirst();
        tensors.add(new GgufTensor(t.name(), t.type(), Shape.of(1, 32), 0, 0));
        refused(t.name(), "[1, 32]", t.shape().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "block_count",
                "attention.value_length",
                "attention.head_count",
                "ssm.time_step_rank",
                "ssm.inner_size",
                "ssm.state_size",
                "rope.dimension_count",
                "embedding_length",
                "ssm.conv_kernel",
                "full_attention_interval"
            })
    void refusesKeysThatDoNotAgree(String key) {
        for (long value : new long[] {0, 3, 0x7FFF_FFFFL, 0xFFFF_FFFFL}) {
            load("micro4b", "Q8_0");
            keys.put("qwen35." + key, new GgufValue.U32(value));
            refused(value == 0 || value > Integer.MAX_VALUE ? "qwen35." + key : "");
        }
    }

    @Test
    void refusesNumbersThatAreNone() {
        load("micro4b", "Q8_0");
        keys.put("qwen35.rope.freq_base", new GgufValue.F32(Float.NaN));
        refused("qwen35.rope.freq_base (NaN)");
        load("micro4b", "Q8_0");
        keys.put("qwen35.rope.dimension_sections", GgufValue.Numbers.i32(3, 3, 2));
        refused("rope.dimension_sections", "4 entries");
        load("micro4b", "Q8_0");
        keys.put("qwen35.nextn_predict_layers", new GgufValue.U32(5));
        refused("nextn_predict_layers (5) leaves no layer");
    }
}
