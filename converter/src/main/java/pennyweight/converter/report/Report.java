package pennyweight.converter.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.Version;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.Faithful;
import pennyweight.converter.verify.Good;
import pennyweight.converter.verify.ImageError;
import pennyweight.converter.verify.Limits;
import pennyweight.converter.verify.Predictions;
import pennyweight.converter.verify.TensorError;
import pennyweight.converter.verify.Verdict;
import pennyweight.formats.json.Json;
import tools.jackson.databind.JsonNode;

/**
 * The report as JSON. Its schema is in the README; a change that breaks a reader gets a new number.
 * It holds no time and no path of the machine, so that the same run gives the same bytes
 * everywhere.
 */
public final class Report {
    public static final String SCHEMA = "pennyweight.report/1";
    public static final String PLAN_SCHEMA = "pennyweight.plan/1";
    public static final String VERDICT_SCHEMA = "pennyweight.verdict/1";

    private Report() {}

    /** The settings of one output, by which a later run knows it again. */
    public static JsonNode settings(OutputPlan output) {
        List<Map<String, Object>> all =
                output.targets().stream()
                        .map(TargetPlan::settings)
                        .map(TargetSettings::fields)
                        .toList();
        return Json.tree(all);
    }

    /** The report of outputs; report.json in a folder is that of the one output. */
    public static String json(
            Checkpoint source, Depth depth, List<OutputPlan> plans, List<OutputResult> results) {
        Map<String, Object> report = head(SCHEMA, source);
        report.put("verify", depth.name().toLowerCase(Locale.ROOT));
        if (plans.size() == 1) {
            report.put("settings", settings(plans.getFirst()));
        }
        List<Object> outputs = new ArrayList<>();
        for (OutputResult result : results) {
            Map<String, Object> output = new LinkedHashMap<>();
            output.put("folder", result.folder().toString());
            output.put("targets", result.targets().stream().map(Report::target).toList());
            outputs.add(output);
        }
        report.put("outputs", outputs);
        boolean failed = results.stream().anyMatch(OutputResult::failed);
        report.put("verdict", depth == Depth.NONE ? "not judged" : failed ? "failed" : "passed");
        return print(report);
    }

    /**
     * A plan: every file, every tensor with its name, transform, type, shape, bytes, file and
     * offset.
     */
    public static String plan(Checkpoint source, List<OutputPlan> plans) {
        Map<String, Object> plan = head(PLAN_SCHEMA, source);
        List<Object> outputs = new ArrayList<>();
        for (OutputPlan output : plans) {
            Map<String, Object> o = new LinkedHashMap<>();
            o.put("folder", output.folder().toString());
            o.put("bytes", output.bytes());
            o.put("targets", output.targets().stream().map(Report::planned).toList());
            outputs.add(o);
        }
        plan.put("outputs", outputs);
        return print(plan);
    }

    /** The verdicts of files that were given to be judged. */
    public static String verdicts(Map<Path, Verdict> verdicts) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("schema", VERDICT_SCHEMA);
        report.put("tool", tool());
        List<Object> files = new ArrayList<>();
        verdicts.forEach((path, verdict) -> {
            Map<String, Object> file = new LinkedHashMap<>();
            file.put("path", path.toString());
            file.putAll(verdict(verdict));
            files.add(file);
        });
        report.put("files", files);
        report.put(
                "verdict",
                verdicts.values().stream().anyMatch(Verdict::failed) ? "failed" : "passed");
        return print(report);
    }

    private static String print(Map<String, Object> json) {
        return Json.indented(json);
    }

    private static Map<String, Object> tool() {
        return ordered("name", "pennyweight", "version", Version.CURRENT);
    }

    private static Map<String, Object> head(String schema, Checkpoint source) {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("schema", schema);
        head.put("tool", tool());
        head.put(
                "source",
                ordered(
                        "name",
                        source.name(),
                        "architecture",
                        source.folder().config().path("architectures").path(0).asString(""),
                        "tensors",
                        source.tensors().size(),
                        "parameters",
                        source.tensors().stream()
                                .mapToLong(t -> t.entry().shape().elements())
                                .sum(),
                        "bytes",
                        source.tensors().stream().mapToLong(t -> t.entry().bytes()).sum()));
        return head;
    }

    private static Map<String, Object> sizes(TargetPlan plan) {
        Map<String, Object> t = new LinkedHashMap<>();
        t.put("format", plan.settings().format());
        t.put("type", plan.settings().label());
        t.put("settings", plan.settings().fields());
        t.put("path", plan.main().toString());
        t.put("bytes", plan.bytes());
        t.put("tensorBytes", plan.tensorBytes());
        t.put("bitsPerWeight", rounded(8.0 * plan.tensorBytes() / plan.weights()));
        return t;
    }

    private static Map<String, Object> target(TargetResult result) {
        TargetPlan plan = result.plan();
        Map<String, Object> t = sizes(plan);
        t.put(
                "files",
                result.files().stream()
                        .map(f ->
                                ordered(
                                        "path",
                                        f.path().toString(),
                                        "bytes",
                                        f.bytes(),
                                        "sha256",
                                        f.sha256()))
                        .toList());
        t.put("tensors", plan.tensors().stream().map(x -> ledger(x, result.verdict())).toList());
        t.put("leftOut", leftOut(plan));
        result.verdict().ifPresent(v -> t.putAll(verdict(v)));
        return t;
    }

    private static List<Map<String, Object>> leftOut(TargetPlan plan) {
        return plan.leftOut().stream()
                .map(l -> ordered("tensor", l.tensor(), "reason", l.reason()))
                .toList();
    }

    private static Map<String, Object> planned(TargetPlan plan) {
        Map<String, Object> t = sizes(plan);
        t.put(
                "files",
                plan.files().stream()
                        .map(f -> ordered("path", f.path().toString(), "bytes", f.bytes()))
                        .toList());
        List<Object> tensors = new ArrayList<>();
        for (TargetTensor x : plan.tensors()) {
            Map<String, Object> tensor = ledger(x, Optional.empty());
            List<Object> planes = new ArrayList<>();
            for (Plane p : x.planes()) {
                planes.add(
                        ordered(
                                "name",
                                p.name(),
                                "type",
                                p.type(),
                                "shape",
                                p.shape().dimensions(),
                                "bytes",
                                p.bytes(),
                                "file",
                                p.file().toString(),
                                "offset",
                                p.offset()));
            }
            tensor.put("planes", planes);
            tensors.add(tensor);
        }
        t.put("tensors", tensors);
        t.put("leftOut", leftOut(plan));
        return t;
    }

    private static Map<String, Object> ledger(TargetTensor t, Optional<Verdict> verdict) {
        Map<String, Object> line =
                ordered(
                        "source",
                        t.source(),
                        "name",
                        t.name(),
                        "type",
                        t.encoding().label(),
                        "shape",
                        t.shape().dimensions(),
                        "bytes",
                        t.bytes());
        if (!t.transform().label().isEmpty()) {
            line.put("transform", t.transform().label());
        }
        t.fellBackFrom().ifPresent(from -> line.put("fellBackFrom", from));
        t.weighting().remark().ifPresent(remark -> line.put("importance", remark));
        verdict.ifPresent(v ->
                v.good().errors().stream()
                        .filter(e -> e.tensor().equals(t.name()))
                        .findFirst()
                        .ifPresent(e -> line.put("relativeRmse", rounded(e.relativeRmse()))));
        return line;
    }

    private static Map<String, Object> verdict(Verdict verdict) {
        Map<String, Object> v = new LinkedHashMap<>();
        v.put("faithful", faithful(verdict.faithful()));
        v.put("good", good(verdict.good()));
        return v;
    }

    private static Map<String, Object> faithful(Faithful faithful) {
        return switch (faithful) {
            case Faithful.Judged j ->
                    ordered(
                            "verdict",
                            j.problems().isEmpty() ? "passed" : "failed",
                            "tensors",
                            j.tensors(),
                            "klDivergence",
                            j.computed().map(c -> rounded(c.divergence())).orElse(null),
                            "logitDifference",
                            j.computed().map(c -> rounded(c.logitDifference())).orElse(null),
                            "image",
                            j.seen().map(Report::seen).orElse(null),
                            "problems",
                            j.problems());
            case Faithful.NotJudged n -> ordered("verdict", "not judged", "reason", n.reason());
        };
    }

    private static Map<String, Object> seen(Faithful.Seen seen) {
        return ordered(
                "relativeRmse",
                rounded(seen.difference()),
                "klDivergence",
                seen.logits().map(c -> rounded(c.divergence())).orElse(null),
                "logitDifference",
                seen.logits().map(c -> rounded(c.logitDifference())).orElse(null));
    }

    private static Map<String, Object> image(ImageError image) {
        return ordered(
                "tokens",
                image.tokens(),
                "relativeRmse",
                rounded(image.relativeRmse()),
                "limit",
                image.limit(),
                "tokensAfter",
                image.answer().map(ImageError.Answer::tokens).orElse(0),
                "klDivergence",
                image.answer().map(a -> rounded(a.meanDivergence())).orElse(null),
                "topAgreement",
                image.answer().map(a -> rounded(a.topAgreement())).orElse(null));
    }

    private static Map<String, Object> good(Good good) {
        TensorError worst = good.worst();
        Limits limits = good.limits();
        Map<String, Object> json = ordered("verdict", good.failed() ? "failed" : "passed");
        json.putAll(predictions(good.predictions()));
        json.put("image", good.image().map(Report::image).orElse(null));
        json.putAll(
                ordered(
                        "limits",
                        ordered(
                                "klDivergence",
                                limits.meanDivergence(),
                                "topAgreement",
                                limits.topAgreement(),
                                "perplexityRatio",
                                limits.perplexityRatio()),
                        "worstTensor",
                        ordered(
                                "name",
                                worst.tensor(),
                                "relativeRmse",
                                rounded(worst.relativeRmse()),
                                "limit",
                                Limits.tensorError(worst.bits())),
                        "problems",
                        good.problems()));
        return json;
    }

    /**
     * Where no forward pass over a text was compared the figures are null, and {@code
     * noForwardPass} says why.
     */
    private static Map<String, Object> predictions(Predictions predictions) {
        return switch (predictions) {
            case Predictions.Compared p ->
                    ordered(
                            "tokens",
                            p.tokens(),
                            "klDivergence",
                            rounded(p.meanDivergence()),
                            "topAgreement",
                            rounded(p.topAgreement()),
                            "perplexity",
                            rounded(p.perplexity()),
                            "sourcePerplexity",
                            rounded(p.sourcePerplexity()),
                            "perplexityRatio",
                            rounded(p.perplexityRatio()));
            case Predictions.NotCompared n ->
                    ordered(
                            "tokens",
                            0,
                            "klDivergence",
                            null,
                            "topAgreement",
                            null,
                            "perplexity",
                            null,
                            "sourcePerplexity",
                            null,
                            "perplexityRatio",
                            null,
                            "noForwardPass",
                            n.reason());
        };
    }

    /** Six significant digits; what is no number is null in JSON. */
    private static @Nullable Object rounded(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return null;
        }
        return new BigDecimal(value, new MathContext(6)).doubleValue();
    }

    private static Map<String, Object> ordered(@Nullable Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return map;
    }
}
