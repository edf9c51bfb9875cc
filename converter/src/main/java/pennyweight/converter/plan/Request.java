package pennyweight.converter.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a user asks for.
 *
 * @param formats names of formats
 * @param bits one output folder each; none leaves it to the GGUF types or to MLX's mode or recipe,
 *     or else to the default
 * @param out the output folder, or with several bits the folder of the output folders
 * @param name of the model in names of files and folders; the source folder's where it is not given
 */
public record Request(
        Set<String> formats,
        List<Integer> bits,
        GgufRequest gguf,
        MlxRequest mlx,
        int onnxBlock,
        int onnxAccuracy,
        Optional<Path> out,
        Optional<String> name) {
    public Request {
        formats = Set.copyOf(formats);
        bits = List.copyOf(bits);
    }
}
