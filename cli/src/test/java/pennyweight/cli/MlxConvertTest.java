package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;

/** What decides MLX folders, from the command line to the verdict and back. */
final class MlxConvertTest {
    private static final String LAYER = "language_model.model.layers.";

    @TempDir private Path temp = Path.of("");

    private Cli convert(Object... more) {
        List<Object> words = new ArrayList<>(List.of("convert", Cli.TINY, "--to", "mlx"));
        words.addAll(List.of("--out", temp.resolve("out"), "--verify", "quick"));
        words.addAll(Arrays.asList(more));
        return Cli.run(words.toArray());
    }

    private Path mlx() {
        return temp.resolve("out").resolve("mlx");
    }

    private JsonNode quantization() {
        return JsonFile.readObject(mlx().resolve("config.json")).path("quantization");
    }

    private String dtype(String tensor) {
        try (SafetensorsFolder folder = SafetensorsFolder.open(mlx())) {
            return folder.tensor(tensor).map(t -> t.dtype().name()).orElse("none");
        }
    }

    /** Judged from what stands in the folder alone, with the same verdict. */
    private void verifiesAgain() {
        Cli cli = Cli.run("verify", mlx(), "--against", Cli.TINY, "--depth", "quick", "--json");
        JsonNode file = cli.exits(0).json().path("files").path(0);
        assertEquals("passed", file.path("faithful").path("verdict").asString());
        assertEquals("passed", file.path("good").path("verdict").asString());
    }

    @Test
    void overridesAreInTheFolderAndInItsConfig() {
        JsonNode target =
                convert(
                                "--mlx-tensor",
                                "down_proj=8:32",
                                "--mlx-tensor",
                                "in_proj_[ab]$=none",
                                "--mlx-tensor",
                                "layers.0=6",
                                "--mlx-tensor",
                                "mlp=4",
                                "--json")
                        .exits(0)
                        .json()
                        .path("outputs")
                        .path(0)
                        .path("targets")
                        .path(0);
        assertEquals(
                "[\"down_proj=8:32\",\"in_proj_[ab]$=none\",\"layers.0=6\",\"mlp=4\"]",
                target.path("settings").path("tensors").toString());
        JsonNode block = quantization();
        assertEquals(
                "{\"group_size\":32,\"bits\":8,\"mode\":\"affine\"}",
                block.path(LAYER + "0.mlp.down_proj").toString());
        assertEquals(
                "{\"group_size\":64,\"bits\":6,\"mode\":\"affine\"}",
                block.path(LAYER + "0.mlp.up_proj").toString());
        assertEquals("false", block.path(LAYER + "0.linear_attn.in_proj_a").toString());
        // What is quantized as all others are needs no entry.
        assertFalse(block.has(LAYER + "1.mlp.up_proj"));
        assertEquals("BF16", dtype(LAYER + "0.linear_attn.in_proj_a.weight"));
        assertEquals("none", dtype(LAYER + "0.linear_attn.in_proj_a.scales"));
        assertEquals("U32", dtype(LAYER + "0.mlp.down_proj.weight"));
        verifiesAgain();
    }

    @ParameterizedTest
    @CsvSource({
        "--bits 2, 2",
        "--bits 3 --mlx-group 32, 3",
        "--bits 5 --mlx-dtype float16, 5",
        "--bits 6 --mlx-dtype float32 --text-only, 6",
        "--mlx-mode mxfp4, 4",
        "--mlx-mode mxfp8 --bits 8, 8",
        "--mlx-mode nvfp4 --mlx-group 16 --mlx-dtype float16, 4",
        "--mlx-recipe mixed_2_6, 2",
        "--mlx-recipe mixed_3_4 --bits 3 --text-only, 3",
        "--mlx-recipe mixed_4_6 --mlx-group 32, 4"
    })
    void everyModeAndRecipeIsFaithful(String options, int bits) {
        Cli cli = convert((Object[]) options.split(" "));
        // What so few bits make of a small model may be worse than is good.
        assertTrue(cli.code() == 0 || (cli.code() == 1 && bits < 4), cli::toString);
        Cli again = Cli.run("verify", mlx(), "--against", Cli.TINY, "--depth", "quick", "--json");
        JsonNode file = again.json().path("files").path(0);
        assertEquals("passed", file.path("faithful").path("verdict").asString(), again::toString);
        List<Object> dry = new ArrayList<>(List.of("convert", Cli.TINY, "--to", "mlx"));
        dry.addAll(Arrays.asList(options.split(" ")));
        dry.add("--dry-run");
        String plan = Cli.run(dry.toArray()).exits(0).out();
        assertTrue(plan.contains("tiny-qwen35-" + bits + "bit"), plan);
    }

    @Test
    void shardsAreOneModel() throws IOException {
        convert("--shard-size", "1m").exits(0);
        List<String> shards =
                Cli.listing(mlx()).stream().filter(f -> f.endsWith(".safetensors")).toList();
        assertTrue(shards.size() > 2, shards::toString);
        assertEquals(
                String.format("model-00001-of-%05d.safetensors", shards.size()), shards.getFirst());
        verifiesAgain();
        Files.delete(mlx().resolve(shards.getLast()));
        String lacking = Cli.run("verify", mlx(), "--against", Cli.TINY).exits(1).out();
        assertTrue(lacking.contains(shards.getLast()), lacking);
    }

    @Test
    void theTowerIsThereUnlessTextAloneIsAskedFor() {
        String said = convert().exits(0).out();
        assertTrue(
                said.contains(
                        "15 tensors left out of mlx: multi-token prediction head: not asked for (15)"),
                said);
        assertEquals("BF16", dtype("vision_tower.patch_embed.proj.weight"));
        assertTrue(Files.exists(mlx().resolve("preprocessor_config.json")));
        String text = convert("--text-only", "--force").exits(0).out();
        assertTrue(text.contains("vision tower: not asked for (33)"), text);
        assertEquals("none", dtype("vision_tower.patch_embed.proj.weight"));
        assertFalse(Files.exists(mlx().resolve("preprocessor_config.json")));
        assertFalse(JsonFile.readObject(mlx().resolve("config.json")).has("vision_config"));
        verifiesAgain();
    }

    @Test
    void theDraftHeadHasAFolderOfItsOwn() throws IOException {
        String said = convert("--bits", "6", "--mlx-mtp").exits(0).out();
        assertFalse(said.contains("left out"), said);
        Path head = temp.resolve("out").resolve("mlx-mtp");
        assertEquals(
                List.of(
                        "config.json",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json"),
                Cli.listing(head));
        Object[] command = {"verify", temp.resolve("out"), "--against", Cli.TINY, "--json"};
        JsonNode files = Cli.run(command).exits(0).json().path("files");
        assertEquals(2, files.size());
        for (JsonNode file : files) {
            assertEquals("passed", file.path("faithful").path("verdict").asString());
        }
        Path config = head.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replace("\"block_size\" : 3", "\"block_size\" : 9"));
        String failed = Cli.run("verify", head, "--against", Cli.TINY).exits(1).out();
        assertTrue(failed.contains("block_size"), failed);
    }

    @Test
    void aPatternOfNoModuleIsRefused() {
        String line = convert("--mlx-tensor", "ffn_down=8").exits(2).refusal();
        assertTrue(line.contains("ffn_down=8") && line.contains("mlp.down_proj"), line);
        assertFalse(Files.exists(temp.resolve("out")));
    }
}
