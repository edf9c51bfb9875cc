package pennyweight.converter.plan;

import java.nio.file.Path;
import java.util.List;

/**
 * Everything that will be written for one target.
 *
 * @param main the file (or folder) that a user opens, relative to the output folder
 * @param leftOut every source tensor that is not among {@code tensors}
 */
public record TargetPlan(
        TargetSettings settings,
        Path main,
        List<TargetTensor> tensors,
        List<PlannedFile> files,
        List<LeftOut> leftOut) {
    public TargetPlan {
        tensors = List.copyOf(tensors);
        files = List.copyOf(files);
        leftOut = List.copyOf(leftOut);
    }

    /** Bytes of all files. */
    public long bytes() {
        return files.stream().mapToLong(PlannedFile::bytes).sum();
    }

    /** Bytes of tensors alone. */
    public long tensorBytes() {
        return tensors.stream().mapToLong(TargetTensor::bytes).sum();
    }

    /** Numbers stored, for bits a weight. */
    public long weights() {
        return tensors.stream().mapToLong(t -> t.shape().elements()).sum();
    }
}
