package pennyweight.formats.mlx;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import pennyweight.formats.Refusal;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.safetensors.SafetensorsFile;
import tools.jackson.databind.JsonNode;

/**
 * Tells MLX folders from checkpoints of Hugging Face, which have the same files and may have the
 * same names: by MLX's own quantization block, or by the mark that mlx-lm and mlx-vlm leave in
 * every shard ({@code mlx_lm/utils.py}, save_model).
 */
public final class MlxFolder {
    private MlxFolder() {}

    /** Whether {@code config} has MLX's quantization block, be it sound or not. */
    public static boolean isQuantized(JsonNode config) {
        return config.hasNonNull("quantization");
    }

    /** Whether a shard with this metadata is marked as MLX's. */
    public static boolean isMarked(Map<String, String> metadata) {
        return "mlx".equals(metadata.get("format"));
    }

    /**
     * Whether a folder with a config.json is one of MLX. A shard that is broken is passed over
     * here.
     *
     * @throws Refusal where config.json is not sound
     */
    public static boolean recognises(Path path) {
        return Files.isDirectory(path)
                && Files.isRegularFile(path.resolve(ModelFolder.CONFIG))
                && (isQuantized(ModelFolder.open(path).config()) || hasMarkedShard(path));
    }

    private static boolean hasMarkedShard(Path folder) {
        try (DirectoryStream<Path> shards = Files.newDirectoryStream(folder, "*.safetensors")) {
            for (Path shard : shards) {
                if (isMarkedShard(shard)) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw Refusal.badInput(
                    folder,
                    "cannot be listed (" + e.getMessage() + ")",
                    "check its permissions",
                    e);
        }
    }

    private static boolean isMarkedShard(Path shard) {
        try (SafetensorsFile file = SafetensorsFile.outline(shard)) {
            return isMarked(file.metadata());
        } catch (Refusal e) {
            return false;
        }
    }
}
