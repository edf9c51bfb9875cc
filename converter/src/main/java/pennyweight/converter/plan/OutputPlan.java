package pennyweight.converter.plan;

import java.nio.file.Path;
import java.util.List;

/** One output folder with the targets in it. */
public record OutputPlan(Path folder, List<TargetPlan> targets) {
    public OutputPlan {
        targets = List.copyOf(targets);
    }

    public long bytes() {
        return targets.stream().mapToLong(TargetPlan::bytes).sum();
    }
}
