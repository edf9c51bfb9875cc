package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.formats.safetensors.SafetensorsFolder;

/** How an MLX folder differs from its plan, the tensors' numbers apart. */
final class MlxDifferences {
    private MlxDifferences() {}

    static List<String> of(TargetPlan plan, Path path, SafetensorsFolder shards) {
        List<String> differences =
                new ArrayList<>(FileDifferences.of(plan, plan.main(), path, path));
        differences.addAll(
                FileDifferences.planes(
                        plan,
                        name ->
                                shards.tensor(name)
                                        .map(t ->
                                                new FileDifferences.Found(
                                                        t.dtype().name(), t.shape(), t.offset()))));
        return differences;
    }
}
