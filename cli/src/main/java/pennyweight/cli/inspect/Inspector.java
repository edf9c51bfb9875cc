package pennyweight.cli.inspect;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.ImatrixFile;
import pennyweight.formats.io.InputFile;

/** Finds out what a path is, and looks into it. */
public final class Inspector {
    private static final int MAGIC_BYTES = 9;

    private Inspector() {}

    /**
     * Looks into a GGUF, safetensors or ONNX file, an importance matrix, or a folder of
     * safetensors.
     *
     * @throws Refusal where the path is none of these, or its header is broken
     */
    public static Inspection inspect(Path path) {
        if (!Files.exists(path)) {
            throw Refusal.badInput(path, "no such file or folder", "check the path");
        }
        if (Files.isDirectory(path)) {
            return FolderInspector.inspect(path);
        }
        String name = path.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".onnx")) {
            return OnnxInspector.inspect(path);
        }
        if (name.endsWith(".safetensors")) {
            return SafetensorsInspector.inspect(path);
        }
        byte[] magic = magic(path);
        if (name.endsWith(".gguf")
                || new String(magic, StandardCharsets.ISO_8859_1).startsWith("GGUF")) {
            return GgufInspector.inspect(path);
        }
        if (magic.length == MAGIC_BYTES && magic[MAGIC_BYTES - 1] == '{') {
            return SafetensorsInspector.inspect(path);
        }
        if (isDat(path)) {
            return ImatrixInspector.inspect(path);
        }
        throw Refusal.badInput(
                path,
                "is no GGUF, safetensors or ONNX file, and no importance matrix",
                "name such a file, or the folder of a checkpoint or of an MLX model");
    }

    private static boolean isDat(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return ImatrixFile.isDat(file);
        }
    }

    private static byte[] magic(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return file.read(0, (int) Math.min(MAGIC_BYTES, file.size()));
        }
    }
}
