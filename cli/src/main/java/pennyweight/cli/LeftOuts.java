package pennyweight.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import pennyweight.converter.plan.LeftOut;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.plan.Weighting;

/** What targets do not take, and what they store otherwise than their recipe wanted: summaries. */
final class LeftOuts {
    private final boolean verbose;

    /** In order, and once: targets of one format differ in bits alone. */
    private final Set<String> lines = new LinkedHashSet<>();

    /**
     * @param verbose whether every tensor is named
     */
    LeftOuts(boolean verbose) {
        this.verbose = verbose;
    }

    /**
     * Adds what there is to say of the targets of one output. What another file of the same format
     * takes is not left out of the format.
     */
    void add(List<TargetPlan> output) {
        for (TargetPlan plan : output) {
            String format = plan.settings().format();
            Set<String> elsewhere =
                    output.stream()
                            .filter(p -> p.settings().format().equals(format))
                            .flatMap(p -> p.tensors().stream())
                            .map(TargetTensor::source)
                            .collect(Collectors.toSet());
            addLeftOut(
                    format,
                    plan.leftOut().stream().filter(l -> !elsewhere.contains(l.tensor())).toList());
            addFallbacks(plan);
            addUnweighted(plan);
        }
    }

    private void addLeftOut(String format, List<LeftOut> leftOut) {
        Map<String, List<String>> byReason =
                leftOut.stream()
                        .collect(
                                Collectors.groupingBy(
                                        LeftOut::reason,
                                        LinkedHashMap::new,
                                        Collectors.mapping(LeftOut::tensor, Collectors.toList())));
        if (!byReason.isEmpty()) {
            lines.add(
                    Text.count(leftOut.size(), "tensor")
                            + " left out of "
                            + format
                            + ": "
                            + byReason.entrySet().stream()
                                    .map(e -> e.getKey() + " (" + e.getValue().size() + ")")
                                    .collect(Collectors.joining("; ")));
        }
        if (verbose) {
            byReason.forEach((reason, names) -> names.forEach(n -> lines.add("  " + n)));
        }
    }

    private void addFallbacks(TargetPlan plan) {
        byRemark(
                        plan,
                        t ->
                                t.fellBackFrom()
                                        .map(from -> t.encoding().label() + " in place of " + from))
                .forEach((what, names) ->
                        lines.add(
                                tensors(plan, names)
                                        + " stored as "
                                        + what
                                        + ", which does not fit the rows: "
                                        + Text.names(names, verbose)));
    }

    /** What an importance matrix says nothing of, or only in part. */
    private void addUnweighted(TargetPlan plan) {
        byRemark(plan, t -> t.weighting().remark().filter(r -> !r.equals(Weighting.WEIGHTED)))
                .forEach((remark, names) ->
                        lines.add(
                                tensors(plan, names)
                                        + ": importance "
                                        + remark
                                        + ": "
                                        + Text.names(names, verbose)));
    }

    private static String tensors(TargetPlan plan, List<String> names) {
        return Text.count(names.size(), "tensor")
                + " of "
                + plan.settings().format()
                + " "
                + plan.settings().label();
    }

    private static Map<String, List<String>> byRemark(
            TargetPlan plan, Function<TargetTensor, Optional<String>> remark) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        for (TargetTensor t : plan.tensors()) {
            remark.apply(t)
                    .ifPresent(r -> names.computeIfAbsent(r, k -> new ArrayList<>()).add(t.name()));
        }
        return names;
    }

    /** The lines, each ended. */
    @Override
    public String toString() {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
