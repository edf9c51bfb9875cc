package pennyweight.converter.verify;

import java.util.List;
import java.util.Optional;

/** The two judgements of a file. */
public record Verdict(Faithful faithful, Good good) {
    /** Of a file that cannot be opened; {@code problem} says why. */
    public static Verdict broken(String problem) {
        List<String> problems = List.of(problem);
        return new Verdict(
                new Faithful.Judged(problems, 0, Optional.empty(), Optional.empty()),
                new Good(
                        problems,
                        new Predictions.NotCompared("the file cannot be read"),
                        Optional.empty(),
                        Limits.of(0),
                        new TensorError("", 0, Double.NaN),
                        List.of()));
    }

    public boolean failed() {
        return faithful.failed() || good.failed();
    }
}
