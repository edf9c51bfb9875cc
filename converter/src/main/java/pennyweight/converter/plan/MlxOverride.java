package pennyweight.converter.plan;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import pennyweight.formats.Refusal;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.formats.mlx.MlxParameters;

/**
 * {@code PATTERN=BITS[:GROUP]} or {@code PATTERN=none}: how every module of an MLX folder is
 * quantized in whose path the regular expression is found.
 *
 * @param bits in mode affine; nothing leaves the modules unquantized
 * @param group nothing takes the folder's, or MLX's default where the folder's mode is not affine
 */
public record MlxOverride(String pattern, Optional<Integer> bits, Optional<Integer> group) {
    private static final String NONE = "none";
    private static final Pattern VALUE = Pattern.compile("(\\d{1,3})(?::(\\d{1,4}))?");

    /**
     * Reads one.
     *
     * @param option that it was given to
     * @throws Refusal of usage where it is none, or MLX does not have such bits or groups
     */
    public static MlxOverride parse(String option, String text) {
        int sign = text.lastIndexOf('=');
        if (sign < 1) {
            throw wrong(option, text);
        }
        String pattern = text.substring(0, sign);
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw Refusal.usage(
                    option + " " + text + ": the pattern is broken (" + e.getDescription() + ")",
                    "give a regular expression that is found in paths of modules");
        }
        String value = text.substring(sign + 1);
        if (value.equals(NONE) || value.equals("float")) {
            return new MlxOverride(pattern, Optional.empty(), Optional.empty());
        }
        Matcher m = VALUE.matcher(value);
        if (!m.matches()) {
            throw wrong(option, text);
        }
        MlxMode affine = MlxMode.AFFINE;
        int bits = choice(option, text, "bits", m.group(1), affine.bits());
        @Nullable String group = m.group(2);
        return new MlxOverride(
                pattern,
                Optional.of(bits),
                group == null
                        ? Optional.empty()
                        : Optional.of(
                                choice(option, text, "groups of", group, affine.groupSizes())));
    }

    private static int choice(
            String option, String text, String what, String value, List<Integer> allowed) {
        int number = Integer.parseInt(value);
        if (!allowed.contains(number)) {
            throw Refusal.usage(
                    option + " is " + text,
                    "give "
                            + what
                            + " "
                            + allowed.stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(", ")));
        }
        return number;
    }

    private static Refusal wrong(String option, String text) {
        return Refusal.usage(
                option + " is " + text,
                "give a pattern and bits, bits and group, or none: down_proj=8, v_proj=6:32");
    }

    /** Whether the pattern is found in the path. */
    public boolean matches(String module) {
        return Pattern.compile(pattern).matcher(module).find();
    }

    /**
     * How a module is quantized that this override is of; nothing where it is not.
     *
     * @param common of the folder
     */
    public Optional<MlxParameters> parameters(MlxParameters common) {
        int usual =
                common.mode() == MlxMode.AFFINE
                        ? common.groupSize()
                        : MlxMode.AFFINE.usual().groupSize();
        return bits.map(b -> MlxParameters.affine(b, group.orElse(usual)));
    }

    @Override
    public String toString() {
        return pattern
                + "="
                + bits.map(String::valueOf).orElse(NONE)
                + group.map(g -> ":" + g).orElse("");
    }
}
