package pennyweight.cli;

import java.util.List;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.report.OutputResult;
import pennyweight.converter.report.TargetResult;
import pennyweight.converter.verify.Verdict;

/** The results of a conversion for people. */
final class ResultText {
    private final List<OutputResult> results;
    private final boolean failuresOnly;
    private final boolean verbose;

    ResultText(List<OutputResult> results, boolean failuresOnly, boolean verbose) {
        this.results = results;
        this.failuresOnly = failuresOnly;
        this.verbose = verbose;
    }

    @Override
    public String toString() {
        VerdictTable table = new VerdictTable();
        LeftOuts leftOuts = new LeftOuts(verbose);
        StringBuilder notKept = new StringBuilder();
        for (OutputResult output : results) {
            for (TargetResult target : output.targets()) {
                TargetPlan plan = target.plan();
                if (!failuresOnly || target.verdict().filter(Verdict::failed).isPresent()) {
                    table.add(
                            Text.path(output.folder().resolve(plan.main())),
                            plan.settings().format() + " " + plan.settings().label(),
                            plan.bytes(),
                            Text.bits(plan.tensorBytes(), plan.weights()),
                            target.verdict());
                }
            }
            leftOuts.add(output.targets().stream().map(TargetResult::plan).toList());
            if (output.unfaithful()) {
                notKept.append(Text.path(output.folder()))
                        .append(": not kept, since a file in it is not faithful\n");
            }
        }
        return table + (failuresOnly ? "" : leftOuts.toString()) + notKept;
    }
}
