package pennyweight.converter.report;

import java.nio.file.Path;
import java.util.List;

/** One output folder and what stands in it. */
public record OutputResult(Path folder, List<TargetResult> targets) {
    public OutputResult {
        targets = List.copyOf(targets);
    }

    /** Whether some file is not faithful: such a folder is not published. */
    public boolean unfaithful() {
        return targets.stream()
                .anyMatch(t -> t.verdict().filter(v -> v.faithful().failed()).isPresent());
    }

    public boolean failed() {
        return targets.stream().anyMatch(t -> t.verdict().filter(v -> v.failed()).isPresent());
    }
}
