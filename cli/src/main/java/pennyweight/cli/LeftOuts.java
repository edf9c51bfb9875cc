package pennyweight.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import pennyweight.converter.plan.LeftOut;
import pennyweight.converter.plan.TargetPlan;

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

    void add(TargetPlan plan) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        for (LeftOut l : plan.leftOut()) {
            byReason.computeIfAbsent(l.reason(), k -> new ArrayList<>()).add(l.tensor());
        }
        if (!byReason.isEmpty()) {
            lines.add(
                    Text.count(plan.leftOut().size(), "tensor")
                            + " left out of "
                            + plan.settings().format()
                            + ": "
                            + byReason.entrySet().stream()
                                    .map(e -> e.getKey() + " (" + e.getValue().size() + ")")
                                    .collect(Collectors.joining("; ")));
        }
        if (verbose) {
            byReason.forEach((reason, names) -> names.forEach(n -> lines.add("  " + n)));
        }
        Map<String, List<String>> fallbacks = new LinkedHashMap<>();
        plan.tensors()
                .forEach(t ->
                        t.fellBackFrom()
                                .ifPresent(from ->
                                        fallbacks
                                                .computeIfAbsent(
                                                        t.encoding().label()
                                                                + " in place of "
                                                                + from,
                                                        k -> new ArrayList<>())
                                                .add(t.name())));
        fallbacks.forEach((what, names) ->
                lines.add(
                        Text.count(names.size(), "tensor")
                                + " of "
                                + plan.settings().format()
                                + " "
                                + plan.settings().label()
                                + " stored as "
                                + what
                                + ", which does not fit the rows: "
                                + Text.names(names, verbose)));
    }

    /** The lines, each ended. */
    @Override
    public String toString() {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
