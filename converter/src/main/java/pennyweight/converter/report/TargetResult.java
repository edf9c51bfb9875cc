package pennyweight.converter.report;

import java.util.List;
import java.util.Optional;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.run.FileDigest;
import pennyweight.converter.verify.Verdict;

/** What was written for one target, and the verdict, where one was asked for. */
public record TargetResult(TargetPlan plan, List<FileDigest> files, Optional<Verdict> verdict) {
    public TargetResult {
        files = List.copyOf(files);
    }
}
