package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.List;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.formats.Refusal;

/** The formats that can be written, in the order in which they are shown. */
public final class Targets {
    private static final List<Target> ALL =
            List.of(new GgufTarget(), new MlxTarget(), new OnnxTarget());

    private Targets() {}

    /** Names of all formats. */
    public static List<String> formats() {
        return ALL.stream().map(Target::format).toList();
    }

    public static Target of(TargetSettings settings) {
        return ALL.stream()
                .filter(t -> t.format().equals(settings.format()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no target " + settings.format()));
    }

    /** Whether {@link #open} knows what stands there. */
    public static boolean recognises(Path path) {
        return ALL.stream().anyMatch(t -> t.recognises(path));
    }

    /** Opens a file or folder of any format. */
    public static OpenedFile open(Path path) {
        return ALL.stream()
                .filter(t -> t.recognises(path))
                .findFirst()
                .orElseThrow(() ->
                        Refusal.badInput(
                                path,
                                "is no GGUF file, MLX folder or ONNX graph",
                                "name a .gguf file, a folder with an MLX config.json, or a .onnx file"))
                .open(path);
    }
}
