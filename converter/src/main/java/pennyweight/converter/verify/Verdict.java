package pennyweight.converter.verify;

/** The two judgements of a file. */
public record Verdict(Faithful faithful, Good good) {
    public boolean failed() {
        return faithful.failed() || good.failed();
    }
}
