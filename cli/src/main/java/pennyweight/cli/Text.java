package pennyweight.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;

/**
 * How numbers and lists are written for people. Without formats: the first use of one reads what is
 * known of all languages, at the end of a run that may take a second.
 */
final class Text {
    private static final int LISTED = 3;

    private Text() {}

    /** A count, not negative, with its thousands apart. */
    static String count(long n) {
        StringBuilder digits = new StringBuilder().append(n);
        for (int i = digits.length() - 3; i > 0; i -= 3) {
            digits.insert(i, ',');
        }
        return digits.toString();
    }

    /** A count and its noun: {@code 1 tensor}, {@code 2 tensors}. */
    static String count(long n, String noun) {
        return count(n) + " " + noun + (n == 1 ? "" : "s");
    }

    static String decimals(double value, int digits) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return Double.isInfinite(value)
                ? Double.toString(value)
                : BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_UP).toPlainString();
    }

    /** Bits a weight. */
    static String bits(long bytes, long weights) {
        return weights == 0 ? "-" : decimals(8.0 * bytes / weights, 3);
    }

    /** A path with forward slashes, as every file names it. */
    static String path(Path path) {
        return path.toString().replace('\\', '/');
    }

    /** The names, or, where there are many, the first of them. */
    static String names(List<String> names, boolean all) {
        return all || names.size() <= LISTED + 1
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, LISTED))
                        + " and "
                        + (names.size() - LISTED)
                        + " more";
    }
}
