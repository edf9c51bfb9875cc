package pennyweight.converter.target;

import java.nio.file.Path;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.mlx.MlxFolder;

/**
 * MLX folders, in the one layout that mlx-lm, mlx-vlm and mlx-swift-lm load: quantized are the
 * matrices that mlx-lm and mlx-vlm quantize, in the bytes of MLX's CPU kernels.
 */
public final class MlxTarget implements Target {
    private static final Path FOLDER = Path.of("mlx");

    /** Beside the model's: readers of that one would take what is below it for the model's. */
    private static final Path MTP_FOLDER = Path.of("mlx-mtp");

    @Override
    public String format() {
        return "mlx";
    }

    @Override
    public TargetPlan plan(Checkpoint source, TargetSettings settings, String name) {
        return settings instanceof TargetSettings.MlxMtp mtp
                ? MlxMtpPlanner.plan(source, mtp, MTP_FOLDER)
                : MlxPlanner.plan(source, (TargetSettings.Mlx) settings, FOLDER);
    }

    @Override
    public boolean recognises(Path path) {
        return MlxFolder.recognises(path);
    }

    @Override
    public OpenedFile open(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        return OpenedMlxMtp.isOne(folder) ? OpenedMlxMtp.open(folder) : OpenedMlx.open(path);
    }
}
