package pennyweight.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;

/** A plan for people: what each target will be, and every file with its size. */
final class PlanText {
    private final List<OutputPlan> plans;
    private final boolean verbose;

    PlanText(List<OutputPlan> plans, boolean verbose) {
        this.plans = plans;
        this.verbose = verbose;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(targets()).append('\n').append(files()).append('\n');
        text.append(verbose ? tensors() : types());
        LeftOuts leftOuts = new LeftOuts(verbose);
        for (OutputPlan plan : plans) {
            leftOuts.add(plan.targets());
        }
        text.append(leftOuts);
        long bytes = plans.stream().mapToLong(OutputPlan::bytes).sum();
        return text.append(Text.count(bytes))
                .append(" bytes in all; nothing was written\n")
                .toString();
    }

    private Table targets() {
        Table table = new Table().text("target").text("type");
        table.number("tensors").number("bytes of tensors").number("bytes").number("bits/weight");
        for (OutputPlan plan : plans) {
            for (TargetPlan t : plan.targets()) {
                table.row(
                        Text.path(plan.folder().resolve(t.main())),
                        t.settings().label(),
                        Text.count(t.tensors().size()),
                        Text.count(t.tensorBytes()),
                        Text.count(t.bytes()),
                        Text.bits(t.tensorBytes(), t.weights()));
            }
        }
        return table;
    }

    private Table files() {
        Table table = new Table().text("file").number("bytes");
        for (OutputPlan plan : plans) {
            for (TargetPlan t : plan.targets()) {
                for (PlannedFile file : t.files()) {
                    table.row(
                            Text.path(plan.folder().resolve(file.path())),
                            Text.count(file.bytes()));
                }
            }
        }
        return table;
    }

    /** A line for each type of number in each target. */
    private Table types() {
        Table table = new Table().text("format").text("stored as");
        table.number("tensors").number("bytes").number("bits/weight");
        for (OutputPlan plan : plans) {
            for (TargetPlan target : plan.targets()) {
                Map<String, long[]> sums = new TreeMap<>();
                for (TargetTensor t : target.tensors()) {
                    long[] sum = sums.computeIfAbsent(t.encoding().label(), k -> new long[3]);
                    sum[0]++;
                    sum[1] += t.bytes();
                    sum[2] += t.shape().elements();
                }
                sums.forEach((type, sum) ->
                        table.row(
                                target.settings().format() + " " + target.settings().label(),
                                type,
                                Text.count(sum[0]),
                                Text.count(sum[1]),
                                Text.bits(sum[1], sum[2])));
            }
        }
        return table;
    }

    private Table tensors() {
        Table table = new Table().text("format").text("tensor").text("stored as").text("shape");
        table.number("bytes");
        for (OutputPlan plan : plans) {
            for (TargetPlan target : plan.targets()) {
                for (TargetTensor t : target.tensors()) {
                    table.row(
                            target.settings().format() + " " + target.settings().label(),
                            t.name(),
                            t.encoding().label(),
                            t.shape().toString(),
                            Text.count(t.bytes()));
                }
            }
        }
        return table;
    }
}
