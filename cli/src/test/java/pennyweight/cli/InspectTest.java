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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufShardLayout;
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

        assertEquals(0, mlx.path("problems").size());
        JsonNode norm = tensor(mlx, "language_model.model.norm.weight");
        assertEquals("BF16", norm.path("type").asString());
        assertEquals("", norm.path("note").asString());

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
        Files.write(file, Arrays.copyOf(layout.header().toArray(), (int) layout.fileBytes()));
        JsonNode json = json(file);
        assertEquals("IQ2_XXS", tensor(json, "x").path("type").asString());
        assertEquals("18446744073709551615", json.path("metadata").path("large").toString());
        assertEquals("[true,false]", json.path("metadata").path("flags").path("first").toString());
        assertEquals(
                "some tensors are of types that cannot be decoded: IQ2_XXS",
                json.path("problems").path(0).asString());
        String text = Cli.run("inspect", file).exits(0).out();
        assertTrue(text.contains("bert?with a line"), text);
        assertTrue(text.contains("note: some tensors are of types"), text);
    }

    @Test
    void everyTypeOfGguf() throws IOException {
        List<GgufLayout.Entry> entries =
                Stream.of(GgufType.values())
                        .map(t ->
                                new GgufLayout.Entry(
                                        "t." + t, t, Shape.of(3, 2L * t.blockElements())))
                        .toList();
        JsonNode json = json(write("all.gguf", GgufLayout.of(new LinkedHashMap<>(), entries)));
        assertEquals(GgufType.values().length, json.path("tensors").size());
        for (GgufType t : GgufType.values()) {
            JsonNode tensor = tensor(json, "t." + t);
            assertEquals(t.name(), tensor.path("type").asString());
            assertEquals(6L * t.blockBytes(), tensor.path("bytes").asLong());
        }
        String problem = json.path("problems").path(0).asString();
        assertTrue(problem.contains("IQ1_S") && problem.contains("MXFP4"), problem);
        assertFalse(problem.contains("Q4_K"), problem);
    }

    /** The header and zeros for the data. */
    private Path write(String name, GgufLayout layout) throws IOException {
        return Files.write(
                temp.resolve(name),
                Arrays.copyOf(layout.header().toArray(), (int) layout.fileBytes()));
    }

    private List<String> split() throws IOException {
        SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", new GgufValue.Text("qwen35"));
        List<GgufLayout.Entry> entries =
                Stream.of("a", "b", "c")
                        .map(n -> new GgufLayout.Entry(n, GgufType.F32, Shape.of(4, 8)))
                        .toList();
        GgufShardLayout layout = GgufShardLayout.of("m", metadata, entries, 256);
        for (GgufShardLayout.Shard shard : layout.shards()) {
            write(shard.fileName(), shard.layout());
        }
        return layout.shards().stream().map(GgufShardLayout.Shard::fileName).toList();
    }

    @Test
    void aSplitModelFromAnyShard() throws IOException {
        List<String> names = split();
        assertEquals(List.of("m-00001-of-00002.gguf", "m-00002-of-00002.gguf"), names);
        for (String name : names) {
            JsonNode json = json(temp.resolve(name));
            assertEquals("gguf", json.path("format").asString());
            assertEquals(2, json.path("files").size());
            assertEquals(names.get(1), json.path("files").path(1).path("name").asString());
            assertEquals("qwen35", json.path("metadata").path("general.architecture").asString());
            assertEquals(2, json.path("metadata").path("split.count").asInt());
            assertEquals(3, json.path("tensors").size());
            assertEquals(names.get(0), tensor(json, "b").path("file").asString());
            assertEquals(names.get(1), tensor(json, "c").path("file").asString());
            assertEquals(3 * 128, json.path("bytes").asLong());
            assertEquals(0, json.path("problems").size());
            String text = Cli.run("inspect", temp.resolve(name)).exits(0).out();
            assertTrue(text.contains("3 tensors, 96 numbers, 384 bytes"), text);
            assertTrue(
                    text.lines().anyMatch(l -> l.startsWith("c ") && l.endsWith(names.get(1))),
                    text);
        }
    }

    @Test
    void aShardWithoutItsSiblingsIsShownAlone() throws IOException {
        List<String> names = split();
        Files.delete(temp.resolve(names.getFirst()));
        JsonNode json = json(temp.resolve(names.getLast()));
        assertEquals(1, json.path("files").size());
        assertEquals(1, json.path("tensors").size());
        String problem = json.path("problems").path(0).asString();
        assertTrue(problem.contains(names.getFirst() + ": is missing: shard 1 of the 2"), problem);
        Path broken = Files.write(temp.resolve(names.getFirst()), new byte[3]);
        assertEquals(1, json(temp.resolve(names.getLast())).path("problems").size());
        Cli.run("inspect", broken).exits(3).refusal();
    }

    @Test
    void importanceMatricesOfBothForms() {
        Path golden = Cli.TESTDATA.resolve("golden/tiny-qwen35");
        for (String form : List.of("gguf", "dat")) {
            JsonNode json = json(golden.resolve("imatrix." + form));
            assertEquals("imatrix", json.path("format").asString());
            JsonNode metadata = json.path("metadata");
            assertEquals(form, metadata.path("form").asString());
            assertEquals(31, metadata.path("entries").asInt());
            assertEquals(form.equals("gguf") ? 20 : 10, metadata.path("chunk_count").asInt());
            assertEquals(form.equals("gguf"), metadata.has("chunk_size"));
            assertEquals("[\"cal.txt\"]", metadata.path("datasets").toString());
            assertEquals(31, json.path("tensors").size());
            assertEquals(8960, json.path("elements").asLong());
            JsonNode up = tensor(json, "blk.0.ffn_up.weight");
            assertEquals("[256]", up.path("shape").toString());
            assertEquals(
                    form.equals("gguf") ? "5120 rows" : "10 chunks", up.path("note").asString());
        }
        String text = Cli.run("inspect", golden.resolve("imatrix.dat")).exits(0).out();
        assertTrue(text.contains("imatrix, 31 tensors, 8,960 numbers"), text);
        assertTrue(text.contains("[cal.txt]"), text);
    }

    @Test
    void aBrokenImportanceMatrixIsShownAsTheFileItIs() throws IOException {
        SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("general.type", new GgufValue.Text("imatrix"));
        metadata.put("imatrix.chunk_count", new GgufValue.U32(1));
        GgufLayout layout =
                GgufLayout.of(
                        metadata,
                        List.of(new GgufLayout.Entry("x.in_sum2", GgufType.F32, Shape.of(4))));
        JsonNode json = json(write("imatrix.gguf", layout));
        assertEquals("gguf", json.path("format").asString());
        assertEquals("x.in_sum2", json.path("tensors").path(0).path("name").asString());
        String problem = json.path("problems").path(0).asString();
        assertTrue(problem.contains("tensor x.in_sum2: is there without x.counts"), problem);
        Path dat =
                Files.copy(
                        Cli.TESTDATA.resolve("golden/tiny-qwen35/imatrix.dat"),
                        temp.resolve("x.dat"));
        Damage.truncate(dat, 100);
        assertTrue(Cli.run("inspect", dat).exits(3).refusal().contains("entry 30"));
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
