package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxParameters;
import tools.jackson.databind.JsonNode;

/** Against what mlx_vlm convert --mtp 0.7.10 wrote. */
final class MlxMtpTest {
    private static final TargetSettings.MlxMtp SETTINGS =
            new TargetSettings.MlxMtp(MlxParameters.affine(4, 64));

    @TempDir private Path folder = Path.of("");

    private MlxWritten written() {
        return MlxWritten.of(Recorded.folder("tiny-qwen35"), SETTINGS, folder);
    }

    @Test
    void theFolderIsTheReferences() {
        JsonNode recorded = Recorded.json("tiny-qwen35/mlx/vlm-4bit-g64-mtp-drafter");
        MlxWritten written = written();
        Map<String, MlxWritten.Digest> expected = new TreeMap<>();
        recorded.path("tensors")
                .forEachEntry((name, t) -> expected.put(name, MlxWritten.Digest.of(t)));
        assertEquals(expected, written.tensors());
        JsonNode files = recorded.path("files");
        assertEquals(
                files.path("config.json"),
                JsonFile.readObject(written.folder().resolve("config.json")));
        assertEquals(Set.copyOf(files.propertyNames()), written.fileNames());
        assertEquals(Path.of("mlx-mtp"), folder.relativize(written.folder()));
    }

    @Test
    void aConfigOfAnotherModelContradicts() throws Exception {
        Path config = written().folder().resolve("config.json");
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"))) {
            assertEquals(List.of(), contradictions(source, config));
            String text = Files.readString(config);
            Files.writeString(
                    config, text.replace("\"rope_theta\" : 10000000", "\"rope_theta\" : 10000"));
            List<String> found = contradictions(source, config);
            assertEquals(1, found.size(), found::toString);
            assertTrue(found.getFirst().contains("rope_parameters"), found::toString);
            Files.writeString(config, text.replace("\"block_size\" : 3", "\"block_size\" : 4"));
            assertEquals(
                    List.of("has block_size 4, where the checkpoint gives 3"),
                    contradictions(source, config));
        }
    }

    private static List<String> contradictions(Checkpoint source, Path config) {
        Path folder = Path.of(String.valueOf(config.getParent()));
        try (OpenedFile file = Targets.open(folder)) {
            return file.contradictions(source);
        }
    }
}
