package pennyweight.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import pennyweight.converter.target.Targets;
import pennyweight.converter.work.Folders;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufShardName;
import pennyweight.formats.hf.ModelFolder;

/** Finds the files that a path on the command line means. */
final class Located {
    private static final Path GGUF = Path.of("gguf");
    private static final Path MLX = Path.of("mlx");
    private static final Path MLX_MTP = Path.of("mlx-mtp");
    private static final Path ONNX = Path.of("onnx", "model.onnx");

    private Located() {}

    /** The path itself, or, of an output folder of ours, every target in it. */
    static List<Path> targets(Path path) {
        if (!Files.exists(path)) {
            throw Refusal.badInput(path, "no such file or folder", "check the path");
        }
        if (!Files.isDirectory(path) || Files.isRegularFile(path.resolve(ModelFolder.CONFIG))) {
            return List.of(path);
        }
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(path.resolve(GGUF))) {
            Folders.files(path.resolve(GGUF)).stream()
                    .filter(f -> f.toString().endsWith(".gguf") && !isLaterShard(f))
                    .forEach(found::add);
        }
        for (Path mlx : List.of(MLX, MLX_MTP)) {
            if (Files.isDirectory(path.resolve(mlx))) {
                found.add(path.resolve(mlx));
            }
        }
        if (Files.isRegularFile(path.resolve(ONNX))) {
            found.add(path.resolve(ONNX));
        }
        if (found.isEmpty()) {
            throw Refusal.badInput(
                    path,
                    "is neither an MLX folder nor an output folder",
                    "name a .gguf file, an MLX folder, a .onnx file, or a folder that convert wrote");
        }
        return found;
    }

    /** The first shard of a model stands for all. */
    private static boolean isLaterShard(Path file) {
        return GgufShardName.parse(String.valueOf(file.getFileName()))
                .filter(n -> n.no() > 0)
                .isPresent();
    }

    /** Whether this is a file or folder of a format that is written, sound or broken. */
    static boolean isTarget(Path path) {
        try {
            return Targets.recognises(path);
        } catch (Refusal e) {
            // The files of a format stand there, and cannot be read.
            return true;
        }
    }
}
