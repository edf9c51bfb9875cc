package pennyweight.cli;

import java.util.Optional;
import pennyweight.converter.verify.Faithful;
import pennyweight.converter.verify.Good;
import pennyweight.converter.verify.Predictions;
import pennyweight.converter.verify.TensorError;
import pennyweight.converter.verify.Verdict;

/** A line for each file, and below what is wrong with them. */
final class VerdictTable {
    private final Table table =
            new Table()
                    .text("file")
                    .text("type")
                    .number("bytes")
                    .number("bits/weight")
                    .text("faithful")
                    .text("good")
                    .number("KL")
                    .number("top-1")
                    .number("ppl ratio")
                    .number("image error")
                    .text("worst tensor");
    private final StringBuilder problems = new StringBuilder();

    void add(String path, String type, long bytes, String bits, Optional<Verdict> verdict) {
        Optional<Good> good = verdict.map(Verdict::good);
        Optional<Predictions.Compared> compared =
                good.map(Good::predictions)
                        .filter(Predictions.Compared.class::isInstance)
                        .map(Predictions.Compared.class::cast);
        table.row(
                path,
                type,
                Text.count(bytes),
                bits,
                verdict.map(v -> word(v.faithful())).orElse("not judged"),
                good.map(g -> g.failed() ? "FAILED" : "passed").orElse("not judged"),
                compared.map(p -> Text.decimals(p.meanDivergence(), 5)).orElse("-"),
                compared.map(p -> Text.decimals(100 * p.topAgreement(), 1) + " %").orElse("-"),
                compared.map(p -> Text.decimals(p.perplexityRatio(), 4)).orElse("-"),
                good.flatMap(Good::image).map(i -> Text.decimals(i.relativeRmse(), 5)).orElse("-"),
                good.map(g -> worst(g.worst())).orElse("-"));
        verdict.ifPresent(v -> explain(path, v));
    }

    private static String word(Faithful faithful) {
        return switch (faithful) {
            case Faithful.Judged judged -> judged.failed() ? "FAILED" : "passed";
            case Faithful.NotJudged none -> "not judged";
        };
    }

    private static String worst(TensorError error) {
        return error.tensor().isEmpty()
                ? "-"
                : error.tensor() + " (" + Text.decimals(error.relativeRmse(), 4) + ")";
    }

    private void explain(String path, Verdict verdict) {
        switch (verdict.faithful()) {
            case Faithful.Judged judged ->
                    judged.problems().forEach(p -> line(path, "not faithful", p));
            case Faithful.NotJudged none -> line(path, "faithful", "not judged: " + none.reason());
        }
        if (!verdict.good().failed()
                && verdict.good().image().isEmpty()
                && verdict.good().predictions() instanceof Predictions.NotCompared none) {
            line(path, "good", "no forward pass: " + none.reason());
        }
        verdict.good().problems().forEach(p -> line(path, "not good", p));
    }

    private void line(String path, String judgement, String problem) {
        problems.append(path)
                .append(": ")
                .append(judgement)
                .append(": ")
                .append(problem)
                .append('\n');
    }

    @Override
    public String toString() {
        return (table.isEmpty() ? "" : table) + problems.toString();
    }
}
