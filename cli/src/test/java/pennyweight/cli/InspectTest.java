package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.gguf.GgufValue;
import tools.jackson.databind.JsonNode;

/** Whatever a file holds, it can be looked into. */
final class InspectTest {
    @TempDir private Path temp;

    private static JsonNode json(Path path) {
        JsonNode json = Cli.run("inspect", path, "--json").exits(0).json();
        assertEquals("pennyweight.inspect/1", json.path("schema").asString());
        assertEquals(path.toString(), json.path("path").asString());
        return json;
    }

    private static JsonNode tensor(JsonNode json, String name) {
        for (JsonNode t : json.path("tensors")) {
            if (t.path("name").asString().equals(name)) {
                return t;
            }
        }
        throw new AssertionError("no tensor " + name);
    }

    @Test
    void aCheckpoint() {
        JsonNode json = json(Cli.TINY);
        assertEquals("checkpoint", json.path("format").asString());
        assertEquals(103, json.path("tensors").size());
        assertEquals(5_036_888, json.path("elements").asLong());
        assertEquals(10_074_184, json.path("bytes").asLong());
        assertEquals("qwen3_5", json.path("metadata").path("config").path("model_type").asString());
        JsonNode embedding = tensor(json, "model.language_model.embed_tokens.weight");
        assertEquals("BF16", embedding.path("type").asString());
        assertEquals("[2048,256]", embedding.path("shape").toString());
        assertEquals(
                "model.safetensors-00001-of-00002.safetensors", embedding.path("file").asString());
        assertEquals(8 + 4288 + 544, embedding.path("offset").asLong());
        String text = Cli.run("inspect", Cli.TINY).exits(0).out();
        assertTrue(text.contains("103 tensors, 5,036,888 numbers, 10,074,184 bytes"), text);
        assertTrue(text.contains("config.text_config.hidden_size"), text);
    }

    @Test
    void aShard() {
        JsonNode json = json(Cli.TINY.resolve("model.safetensors-00002-of-00002.safetensors"));
        assertEquals("safetensors", json.path("format").asString());
        assertEquals("pt", json.path("metadata").path("format").asString());
    }

    @Test
    void whatConvertWrites() {
        Path out = temp.resolve("out");
        Cli.run("convert", Cli.TINY, "--out", out, "--verify", "none").exits(0);
        JsonNode gguf = json(out.resolve("gguf/tiny-qwen35-Q4_K_M.gguf"));
        assertEquals("gguf", gguf.path("format").asString());
        assertEquals("qwen35", gguf.path("metadata").path("general.architecture").asString());
        assertEquals("Q6_K", tensor(gguf, "token_embd.weight").path("type").asString());
        JsonNode tokens = gguf.path("metadata").path("tokenizer.ggml.tokens");
        assertEquals(2048, tokens.path("count").asInt());
        assertEquals(16, tokens.path("first").size());

        JsonNode mlx = json(out.resolve("mlx"));
        assertEquals("mlx", mlx.path("format").asString());
        JsonNode up = tensor(mlx, "language_model.model.layers.0.mlp.up_proj.weight");
        assertEquals("U32", up.path("type").asString());
        assertEquals("4-bit g64, 256 columns", up.path("note").asString());

        JsonNode onnx = json(out.resolve("onnx/model.onnx"));
        assertEquals("onnx", onnx.path("format").asString());
        assertEquals(21, onnx.path("metadata").path("opsets").path("ai.onnx").asInt());
        assertTrue(
                onnx.path("metadata").path("operators").path("com.microsoft.MatMulNBits").asInt()
                        > 20);
        assertEquals(2, onnx.path("files").size());

        String line = Cli.run("inspect", out).exits(3).refusal();
        assertTrue(line.contains("mlx") && line.contains("model.onnx"), line);
    }

    @Test
    void anotherArchitectureOfTypesThatCannotBeDecoded() throws IOException {
        SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", new GgufValue.Text("bert\nwith a line"));
        metadata.put("large", new GgufValue.U64(-1));
        metadata.put("flags", GgufValue.Numbers.bools(true, false));
        GgufLayout layout =
                GgufLayout.of(
                        metadata,
                        List.of(new GgufLayout.Entry("x", GgufType.IQ2_XXS, Shape.of(2, 256))));
        Path file = temp.resolve("odd.bin");
        Files.write(file, java.util.Arrays.copyOf(layout.header(), (int) layout.fileBytes()));
        JsonNode json = json(file);
        assertEquals("IQ2_XXS", tensor(json, "x").path("type").asString());
        assertEquals("18446744073709551615", json.path("metadata").path("large").toString());
        assertEquals("[true,false]", json.path("metadata").path("flags").path("first").toString());
        String text = Cli.run("inspect", file).exits(0).out();
        assertTrue(text.contains("bert?with a line"), text);
    }

    @Test
    void safetensorsOfUnknownTypes() throws IOException {
        String header = "{\"x\":{\"dtype\":\"F4\",\"shape\":[4,2],\"data_offsets\":[0,4]}}";
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        Path path = temp.resolve("x.safetensors");
        Files.write(path, file.array());
        for (Path p : List.of(path, temp)) {
            JsonNode json = json(p);
            assertEquals("F4", tensor(json, "x").path("type").asString());
            assertEquals(4, json.path("bytes").asLong());
            assertEquals(1, json.path("problems").size());
        }
    }

    @Test
    void onnxOfOtherTypesWithTheWeightsInside() throws IOException {
        // ModelProto: ir_version 8, graph { node { op_type "Gelu" domain "x" }, initializer { dims
        // 3,
        // data_type 22 (INT4), name "w", raw_data 2 bytes } }, and an input that is a sequence.
        byte[] node = message(field(4, "Gelu"), field(7, "x"));
        byte[] weight = message(new byte[] {8, 3, 16, 22}, field(8, "w"), field(9, "ab"));
        byte[] input = message(field(1, "in"), field(2, message(field(4, new byte[0]))));
        byte[] graph = message(field(1, node), field(5, weight), field(11, input));
        Path file = temp.resolve("m.onnx");
        Files.write(file, message(new byte[] {8, 8}, field(7, graph)));
        JsonNode json = json(file);
        JsonNode w = tensor(json, "w");
        assertEquals("I4", w.path("type").asString());
        assertEquals(2, w.path("bytes").asLong());
        assertEquals("[3]", w.path("shape").toString());
        assertEquals(1, json.path("metadata").path("operators").path("x.Gelu").asInt());
    }

    private static byte[] field(int number, String text) {
        return field(number, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] field(int number, byte[] content) {
        byte[] field = new byte[content.length + 2];
        field[0] = (byte) (number << 3 | 2);
        field[1] = (byte) content.length;
        System.arraycopy(content, 0, field, 2, content.length);
        return field;
    }

    private static byte[] message(byte[]... fields) {
        ByteBuffer all =
                ByteBuffer.allocate(List.of(fields).stream().mapToInt(f -> f.length).sum());
        List.of(fields).forEach(all::put);
        return all.array();
    }

    @Test
    void whatIsNoModelIsRefused() throws IOException {
        Path text = temp.resolve("notes.txt");
        Files.writeString(text, "hello");
        for (Path p : List.of(text, temp, temp.resolve("none"))) {
            Cli cli = Cli.run("inspect", p).exits(3);
            assertFalse(cli.refusal().isEmpty());
            assertEquals("", cli.out());
        }
        for (String name : List.of("a.gguf", "a.onnx", "a.safetensors")) {
            Cli.run("inspect", Files.copy(text, temp.resolve(name))).exits(3).refusal();
        }
    }
}
