package pennyweight.cli;

import java.util.ArrayList;
import java.util.List;
import pennyweight.formats.Refusal;

/** The options of one format that stand on a command line. */
final class GivenOptions {
    private final List<String> given = new ArrayList<>();

    void note(String option, boolean present) {
        if (present) {
            given.add(option);
        }
    }

    /**
     * Throws {@link Refusal} of usage where there is one that would do nothing.
     *
     * @param asked whether the format is among those to be written
     */
    void check(String format, boolean asked) {
        if (!asked && !given.isEmpty()) {
            throw Refusal.usage(
                    given.getFirst() + " is given, but --to has no " + format,
                    "add " + format + ", or drop " + given.getFirst());
        }
    }
}
