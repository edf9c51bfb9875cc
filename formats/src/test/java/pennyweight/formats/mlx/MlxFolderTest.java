package pennyweight.formats.mlx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.safetensors.SafetensorsLayout;

/** MLX folders and checkpoints, told apart. */
class MlxFolderTest {
    @TempDir private Path folder = Path.of("");

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
    }

    private void shard(String name, Map<String, String> metadata) throws IOException {
        SafetensorsLayout.Tensor none =
                new SafetensorsLayout.Tensor(
                        "language_model.model.norm.weight", DType.BF16, Shape.of(0));
        Files.write(
                folder.resolve(name),
                SafetensorsLayout.of(List.of(none), metadata).header().toArray());
    }

    @Test
    void theQuantizationBlockIsMlx() throws IOException {
        config("{\"quantization\":{\"bits\":4,\"group_size\":64}}");
        assertTrue(MlxFolder.recognises(folder));
        config("{\"quantization\":\"broken\"}");
        assertTrue(MlxFolder.recognises(folder));
    }

    @Test
    void theMarkOfAShardIsMlx() throws IOException {
        config("{}");
        shard("model-00001-of-00002.safetensors", Map.of("format", "pt"));
        shard("model-00002-of-00002.safetensors", Map.of("format", "mlx"));
        assertTrue(MlxFolder.recognises(folder));
    }

    /** The names of tensors are no sign: checkpoints have had the same. */
    @Test
    void aCheckpointIsNot() throws IOException {
        assertFalse(MlxFolder.recognises(folder), "no config.json");
        config("{\"quantization\":null,\"quantization_config\":{\"quant_method\":\"fp8\"}}");
        assertFalse(MlxFolder.recognises(folder), "no shard");
        shard("model.safetensors", Map.of("format", "pt"));
        assertFalse(MlxFolder.recognises(folder), "another mark");
        shard("model.safetensors", Map.of());
        Files.writeString(folder.resolve("broken.safetensors"), "no shard");
        assertFalse(MlxFolder.recognises(folder), "no mark");
        assertFalse(MlxFolder.recognises(folder.resolve("model.safetensors")), "no folder");
    }

    @Test
    void aBrokenConfigIsRefused() throws IOException {
        config("{");
        assertThrows(Refusal.class, () -> MlxFolder.recognises(folder));
    }
}
