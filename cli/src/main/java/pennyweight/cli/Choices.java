package pennyweight.cli;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.target.Targets;
import pennyweight.formats.Refusal;

/** What may be asked for. */
final class Choices {
    static final List<Integer> BITS = List.of(2, 3, 4, 5, 6, 8);
    private static final List<Integer> ONNX_BITS = List.of(4, 6, 8);
    static final List<Integer> BLOCKS = List.of(32, 64, 128);
    static final List<Integer> ACCURACIES = List.of(0, 4);

    private static final int MOST_JOBS = 1024;

    private Choices() {}

    /** The formats of these names, in any case; all of them where none is given. */
    static Set<String> formats(List<String> names) {
        List<String> all = Targets.formats();
        LinkedHashSet<String> formats = new LinkedHashSet<>();
        for (String name : names) {
            String format = name.strip().toLowerCase(Locale.ROOT);
            if (!all.contains(format)) {
                throw wrong("--to", name, all);
            }
            formats.add(format);
        }
        return formats.isEmpty() ? new LinkedHashSet<>(all) : formats;
    }

    /** The GGUF types of these names, in any case. */
    static List<GgufFileType> ggufTypes(List<String> names) {
        LinkedHashSet<GgufFileType> types = new LinkedHashSet<>();
        for (String name : names) {
            types.add(
                    GgufFileType.named(name.strip())
                            .orElseThrow(() ->
                                    wrong("--gguf-type", name, List.of(GgufFileType.values()))));
        }
        return List.copyOf(types);
    }

    static void check(String option, int value, List<Integer> allowed) {
        if (!allowed.contains(value)) {
            throw wrong(option, String.valueOf(value), allowed);
        }
    }

    /** Bits that the formats can have. */
    static void checkBits(int bits, Set<String> formats) {
        check("--bits", bits, BITS);
        if (formats.contains("onnx") && !ONNX_BITS.contains(bits)) {
            throw Refusal.usage(
                    bits
                            + " bits are asked for, but --to has onnx, which has "
                            + ONNX_BITS.stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(", ")),
                    "give one of these, or leave onnx out of --to");
        }
    }

    static void checkJobs(int jobs) {
        if (jobs < 1 || jobs > MOST_JOBS) {
            throw Refusal.usage("--jobs is " + jobs, "give a number from 1 to " + MOST_JOBS);
        }
    }

    /** Whether settings that a file carries are ones that this tool would write. */
    static boolean known(TargetSettings settings) {
        return switch (settings) {
            case TargetSettings.Gguf _, TargetSettings.Mmproj _ -> true;
            case TargetSettings.Mlx _, TargetSettings.MlxMtp _ -> true;
            case TargetSettings.Onnx onnx ->
                    ONNX_BITS.contains(onnx.bits())
                            && BLOCKS.contains(onnx.block())
                            && ACCURACIES.contains(onnx.accuracy());
        };
    }

    /** The refusal of a value that is not allowed. */
    static Refusal wrong(String option, String value, Collection<?> allowed) {
        return Refusal.usage(
                option + " is " + value,
                "give " + allowed.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
}
