package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Of an MLX folder, which holds decoder and vision tower, images are judged to their end. */
final class VerifyImageTest {
    private static final String PATCH = "vision_tower.patch_embed.proj.weight";

    @TempDir private Path temp = Path.of("");
    private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        Path out = temp.resolve("out");
        Object[] convert = {"convert", Cli.TINY, "--to", "mlx", "--bits", "8", "--out", out};
        Object[] all = Stream.concat(Stream.of(convert), Stream.of("--verify", "none")).toArray();
        Cli.run(all).exits(0);
        try (Stream<Path> files = Files.walk(out)) {
            folder =
                    files.filter(f -> f.endsWith("config.json"))
                            .findFirst()
                            .orElseThrow()
                            .getParent();
        }
    }

    private Cli verify(Object... more) {
        Object[] command = {"verify", folder, "--against", Cli.TINY, "--depth", "quick"};
        return Cli.run(Stream.concat(Stream.of(command), Stream.of(more)).toArray());
    }

    private static void named(Cli cli, String... named) {
        assertTrue(
                cli.out().lines().anyMatch(l -> List.of(named).stream().allMatch(l::contains)),
                () -> String.join(" + ", named) + " is not named in\n" + cli.out());
    }

    @Test
    void aSoundFolderPassesWithFiguresOfWhatFollowsAnImage() {
        JsonNode file = verify("--json").exits(0).json().path("files").path(0);
        JsonNode faithful = file.path("faithful").path("image");
        assertEquals(0, faithful.path("relativeRmse").doubleValue());
        assertTrue(faithful.path("klDivergence").doubleValue() <= 1e-8);
        assertTrue(faithful.path("logitDifference").doubleValue() <= 1e-3);
        JsonNode good = file.path("good").path("image");
        assertEquals(6, good.path("tokens").intValue());
        assertEquals(18, good.path("tokensAfter").intValue());
        assertTrue(good.path("klDivergence").doubleValue() > 0);
        assertTrue(good.path("klDivergence").doubleValue() < 0.01);
        assertTrue(good.path("topAgreement").doubleValue() > 0.8);
        assertFalse(file.path("good").has("noForwardPass"));
    }

    /** Channels first, as the checkpoint has them, under the shape of channels last. */
    @Test
    void filtersInAnotherLayout() throws IOException {
        TensorEntry patch;
        try (SafetensorsFolder shards = SafetensorsFolder.open(folder)) {
            patch = shards.tensor(PATCH).orElseThrow();
        }
        byte[] all = Files.readAllBytes(patch.file());
        int start = Math.toIntExact(patch.offset());
        byte[] moved = new byte[Math.toIntExact(patch.bytes())];
        int channels = 3;
        int places = 512;
        for (int i = 0; i < moved.length / 2; i++) {
            int filter = i / (channels * places);
            int number = i % (channels * places);
            int from = (filter * places + number % places) * channels + number / places;
            System.arraycopy(all, start + 2 * from, moved, 2 * i, 2);
        }
        Damage.patch(patch.file(), patch.offset(), moved);
        Cli cli = verify().exits(1);
        named(cli, "not faithful: makes something else of an image than its plan");
        named(cli, "not faithful: computes something else than its plan: after an image: ");
        named(cli, "not good: embeddings of an image: relative RMSE");
    }

    @Test
    void exchangedActivations() throws IOException {
        Damage.json(
                folder.resolve("config.json"),
                config -> ((ObjectNode) config.get("vision_config")).put("hidden_act", "gelu"));
        String line = verify().exits(4).refusal();
        assertTrue(line.contains("vision_config.hidden_act is gelu;"), line);
    }
}
