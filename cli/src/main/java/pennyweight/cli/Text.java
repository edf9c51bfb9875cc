package pennyweight.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How numbers and lists are written for people. */
final class Text {
    private static final int LISTED = 3;

    private Text() {}

    /** A count with its thousands apart. */
    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** A count and its noun: {@code 1 tensor}, {@code 2 tensors}. */
    static String count(long n, String noun) {
        return count(n) + " " + noun + (n == 1 ? "" : "s");
    }

    static String decimals(double value, int digits) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
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
