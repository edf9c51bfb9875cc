package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A broken checkpoint costs one line, which names file, tensor and remedy, and leaves nothing. */
final class BadCheckpointTest {
    private static final String SHARD = "model.safetensors-00001-of-00002.safetensors";
    private static final String SECOND = "model.safetensors-00002-of-00002.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String EMBEDDING = "model.language_model.embed_tokens.weight";
    private static final String UP = "model.language_model.layers.0.mlp.up_proj.weight";

    @TempDir private Path temp;
    private Path model = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        model = Damage.copy(Cli.TINY, temp.resolve("model"));
    }

    /** Converts, and asserts the exit code, what the line names, and that nothing is left. */
    private void refused(int code, String... named) throws IOException {
        Path place = Files.createDirectories(temp.resolve("place"));
        Cli cli =
                Cli.run("convert", model, "--to", "mlx", "--out", place.resolve("out")).exits(code);
        String line = cli.refusal();
        for (String name : named) {
            assertTrue(line.contains(name), () -> "'" + name + "' is not in: " + line);
        }
        assertTrue(line.contains("; "), () -> "no remedy: " + line);
        assertEquals("", cli.out());
        assertEquals(List.of(), Cli.listing(place));
    }

    private void tensor(String shard, String name, java.util.function.Consumer<ObjectNode> edit)
            throws IOException {
        Damage.header(model.resolve(shard), h -> edit.accept((ObjectNode) h.path(name)));
    }

    private static void offsets(ObjectNode tensor, int begin, int end) {
        ArrayNode offsets = (ArrayNode) tensor.path("data_offsets");
        offsets.set(0, offsets.path(0).asInt() + begin);
        offsets.set(1, offsets.path(1).asInt() + end);
    }

    @Test
    void missingFolder() throws IOException {
        model = temp.resolve("nowhere");
        refused(3, "nowhere", "no such folder");
    }

    @Test
    void missingConfig() throws IOException {
        Files.delete(model.resolve("config.json"));
        refused(3, "config.json");
    }

    @Test
    void unknownArchitecture() throws IOException {
        Damage.json(
                model.resolve("config.json"),
                c -> {
                    c.put("model_type", "mamba9");
                    ((ArrayNode) c.path("architectures")).set(0, "Mamba9ForCausalLM");
                });
        refused(4, "config.json", "Mamba9ForCausalLM");
    }

    @Test
    void missingTokenizer() throws IOException {
        Files.delete(model.resolve("tokenizer.json"));
        refused(3, "tokenizer.json");
    }

    @Test
    void weightsThatAreQuantizedAlready() throws IOException {
        Damage.json(
                model.resolve("config.json"),
                c -> c.putObject("quantization_config").put("quant_method", "fp8"));
        refused(4, "config.json", "quantized already");
    }

    @Test
    void missingShard() throws IOException {
        Files.delete(model.resolve(SECOND));
        refused(3, SECOND);
    }

    @Test
    void indexThatNamesAnAbsentTensor() throws IOException {
        Damage.json(
                model.resolve(INDEX),
                i -> ((ObjectNode) i.path("weight_map")).put("model.absent.weight", SHARD));
        refused(3, "model.absent.weight");
    }

    @Test
    void missingTensor() throws IOException {
        Files.delete(model.resolve(INDEX));
        Damage.header(model.resolve(SHARD), h -> h.set("unknown.weight", h.remove(UP)));
        refused(3, UP, "missing");
    }

    @Test
    void truncatedShard() throws IOException {
        Damage.truncate(model.resolve(SHARD), 1000);
        refused(3, SHARD, "tensor ", "cut short");
    }

    @Test
    void truncatedHeader() throws IOException {
        Damage.truncate(model.resolve(SHARD), (int) Files.size(model.resolve(SHARD)) - 100);
        refused(3, SHARD, "cut short");
    }

    @Test
    void overlap() throws IOException {
        tensor(SHARD, UP, t -> offsets(t, -2, -2));
        refused(3, SHARD, UP);
    }

    @Test
    void hole() throws IOException {
        Damage.header(
                model.resolve(SHARD),
                h -> {
                    ObjectNode t = (ObjectNode) h.path(UP);
                    offsets(t, 2, 0);
                });
        refused(3, SHARD, UP);
    }

    @Test
    void wrongDtype() throws IOException {
        tensor(SHARD, UP, t -> t.put("dtype", "I16"));
        refused(3, SHARD, UP, "I16");
    }

    @Test
    void wrongShape() throws IOException {
        tensor(
                SHARD,
                UP,
                t -> {
                    ArrayNode shape = (ArrayNode) t.path("shape");
                    shape.set(0, 256);
                    shape.set(1, 512);
                });
        refused(3, SHARD, UP, "[256, 512]", "[512, 256]");
    }

    @Test
    void numbersThatAreNone() throws IOException {
        Path shard = model.resolve(SHARD);
        int at = Damage.offset(shard, UP);
        Damage.patch(shard, at, (byte) 0xC0, (byte) 0x7F);
        Damage.patch(shard, at + 1000, (byte) 0x80, (byte) 0x7F, (byte) 0x80, (byte) 0xFF);
        refused(3, SHARD, UP, "3 numbers are NaN or infinite");
    }

    @Test
    void nanInTheEmbedding() throws IOException {
        Path shard = model.resolve(SHARD);
        Damage.patch(shard, Damage.offset(shard, EMBEDDING) + 77 * 512, (byte) 0xC1, (byte) 0xFF);
        refused(3, SHARD, EMBEDDING, "1 numbers are NaN or infinite");
    }

    @Test
    void jsonThatIsNone() throws IOException {
        Files.writeString(model.resolve("config.json"), "{\"model_type\": ");
        refused(3, "config.json", "not valid JSON");
    }

    @Test
    void configOfAnotherWidth() throws IOException {
        Damage.json(
                model.resolve("config.json"),
                c -> ((ObjectNode) c.path("text_config")).put("hidden_size", 512));
        refused(3, EMBEDDING, "[2048, 256]", "[2048, 512]");
    }

    @Test
    void missingTensorOfTheVisionTower() throws IOException {
        Files.delete(model.resolve(INDEX));
        String name = "model.visual.blocks.1.norm2.bias";
        for (String shard : List.of(SHARD, SECOND)) {
            Damage.header(model.resolve(shard), h -> renamed(h, name));
        }
        refused(3, name, "is missing");
    }

    private static void renamed(ObjectNode header, String name) {
        if (header.has(name)) {
            header.set(name + "_of_another_name", header.remove(name));
        }
    }

    @Test
    void configOfAnotherVisionTower() throws IOException {
        Damage.json(
                model.resolve("config.json"),
                c -> ((ObjectNode) c.path("vision_config")).put("intermediate_size", 512));
        refused(3, "model.visual.blocks.0.mlp.linear_fc1.weight", "[256, 128]", "[512, 128]");
    }

    @Test
    void configOfADeeperVisionTower() throws IOException {
        Damage.json(
                model.resolve("config.json"),
                c -> ((ObjectNode) c.path("vision_config")).put("depth", 3));
        refused(3, "config.json", "vision_config.depth is 3", "hold 2");
    }
}
