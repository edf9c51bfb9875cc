package pennyweight.converter.target;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a model's id or folder name tells, by the rules of llama.cpp's converter ({@code
 * gguf-py/gguf/metadata.py}, {@code get_model_id_components}): {@code Qwen3.5-0.8B-Instruct} is
 * basename Qwen3.5, size 0.8B, finetune Instruct.
 *
 * @param title the name for people: {@code tiny-qwen35} is {@code Tiny Qwen35}
 */
record ModelName(
        String title,
        Optional<String> organization,
        Optional<String> basename,
        Optional<String> finetune,
        Optional<String> version,
        Optional<String> sizeLabel) {

    private enum Kind {
        BASENAME,
        SIZE,
        FINETUNE,
        VERSION,
        TYPE
    }

    private static final Pattern VERSION = anyCase("(v|iter)?\\d+([.]\\d+)*");
    private static final Pattern TYPE = anyCase("i?q\\d(_\\w)*|b?fp?(16|32)");
    private static final Pattern SIZE =
            anyCase("(([A]|\\d+[x])?\\d+([._]\\d+)?[KMBT]\\d?|small|mini|medium|large|x?xl)");
    private static final Pattern FINETUNE = anyCase("chat|instruct|vision|lora");
    private static final Pattern UNTITLED = Pattern.compile("v\\d+(\\.\\d+)*|\\d.*");
    private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

    private static Pattern anyCase(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    /**
     * Reads an id, {@code name} or {@code organization/name}.
     *
     * @param parameters of the whole model; a number in the name that is far from it is a context
     *     length, not a size. 0 where it is unknown
     */
    static ModelName parse(String id, long parameters) {
        if (id.contains(" ")) {
            return new ModelName(
                    title(id),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        }
        int slash = id.indexOf('/');
        String name = id.substring(slash + 1);
        Optional<String> organization =
                Optional.of(id.substring(0, Math.max(slash, 0)))
                        .filter(o -> !o.isEmpty() && !o.startsWith("."));
        Parts parts = new Parts(name, parameters);
        Optional<String> size = parts.size();
        Optional<String> finetune = parts.joined(k -> k.contains(Kind.FINETUNE));
        Optional<String> version =
                parts.joined(k -> k.contains(Kind.VERSION) && !k.contains(Kind.BASENAME));
        // A lone word may be anything: too ambiguous to call it a base.
        Optional<String> basename =
                size.isEmpty() && finetune.isEmpty() && version.isEmpty()
                        ? Optional.empty()
                        : parts.joined(k -> k.contains(Kind.BASENAME));
        return new ModelName(
                title(name), organization.map(ModelName::title), basename, finetune, version, size);
    }

    /**
     * A count of parameters in the fewest digits that give two: 752393024 is {@code 752M},
     * 1881825088 is {@code 1.9B}.
     */
    static String sizeLabel(long parameters) {
        double scaled;
        String suffix;
        if (parameters >= 1e12) {
            scaled = parameters * 1e-12;
            suffix = "T";
        } else if (parameters >= 1e9) {
            scaled = parameters * 1e-9;
            suffix = "B";
        } else if (parameters >= 1e6) {
            scaled = parameters * 1e-6;
            suffix = "M";
        } else {
            scaled = parameters * 1e-3;
            suffix = "K";
        }
        long rounded = (long) Math.rint(scaled);
        int digits = rounded == 0 ? 0 : Long.toString(rounded).length();
        return new BigDecimal(scaled)
                        .setScale(Math.max(2 - digits, 0), RoundingMode.HALF_EVEN)
                        .toPlainString()
                + suffix;
    }

    /** Words for people: {@code tiny-qwen35} is {@code Tiny Qwen35}; versions and acronyms stay. */
    static String title(String id) {
        return Arrays.stream(id.replace('-', ' ').strip().split("(?U)\\s+"))
                .map(w -> isLower(w) && !UNTITLED.matcher(w).matches() ? capitalised(w) : w)
                .collect(Collectors.joining(" "));
    }

    private static boolean isLower(String word) {
        return word.chars().anyMatch(Character::isLowerCase)
                && word.chars().noneMatch(Character::isUpperCase);
    }

    /** Every letter that follows no letter in upper case, as Python's title() has it. */
    private static String capitalised(String word) {
        StringBuilder out = new StringBuilder();
        boolean letterBefore = false;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            out.append(letterBefore ? c : Character.toTitleCase(c));
            letterBefore = Character.isLowerCase(c);
        }
        return out.toString();
    }

    /** The parts of a name between hyphens, and what each is. */
    private static final class Parts {
        private final List<String> texts;
        private final List<Set<Kind>> kinds;

        Parts(String name, long parameters) {
            texts = new ArrayList<>(List.of(name.split("-")));
            texts.removeIf(String::isEmpty);
            kinds =
                    texts.stream()
                            .<Set<Kind>>map(t -> EnumSet.noneOf(Kind.class))
                            .collect(Collectors.toCollection(ArrayList::new));
            for (int i = 0; i < texts.size(); i++) {
                annotate(i, parameters);
            }
            dropWordSizes();
            markBasename();
        }

        private void annotate(int i, long parameters) {
            String text = texts.get(i);
            Set<Kind> kind = kinds.get(i);
            if (VERSION.matcher(text).matches()) {
                kind.add(Kind.VERSION);
            } else if (TYPE.matcher(text).matches()) {
                kind.add(Kind.TYPE);
                texts.set(i, text.toUpperCase(Locale.ROOT));
            } else if (i > 0 && SIZE.matcher(text).matches()) {
                String size = normalised(text);
                if (farFrom(size, parameters)) {
                    kind.add(Kind.FINETUNE);
                    int last = size.length() - 1;
                    size = size.substring(0, last) + size.substring(last).toLowerCase(Locale.ROOT);
                } else {
                    kind.add(Kind.SIZE);
                }
                texts.set(i, size);
            } else if (i > 0 && FINETUNE.matcher(text).matches()) {
                kind.add(Kind.FINETUNE);
            }
        }

        /** {@code 7b1} is {@code 7.1B}, {@code 0_8b} is {@code 0.8B}. */
        private static String normalised(String text) {
            String s = text.replace('_', '.');
            int last = s.length() - 1;
            if (Character.isDigit(s.charAt(last))) {
                s = s.substring(0, last - 1) + "." + s.charAt(last) + s.charAt(last - 1);
                last = s.length() - 1;
            }
            return last > 0
                            && Character.isDigit(s.charAt(last - 1))
                            && "kmbt".indexOf(s.charAt(last)) >= 0
                    ? s.substring(0, last) + Character.toUpperCase(s.charAt(last))
                    : s;
        }

        private static boolean farFrom(String size, long parameters) {
            String number = size.substring(0, size.length() - 1);
            if (parameters == 0 || !NUMBER.matcher(number).matches()) {
                return false;
            }
            int thousands = "KMBT".indexOf(size.charAt(size.length() - 1)) + 1;
            double claimed = Double.parseDouble(number) * Math.pow(1000, thousands);
            return Math.abs(claimed - parameters) > Math.floorDiv(7 * parameters, 8);
        }

        /** Where a number gives the size, words such as {@code mini} are something else. */
        private void dropWordSizes() {
            boolean numbered =
                    IntStream.range(0, texts.size())
                            .filter(i -> kinds.get(i).contains(Kind.SIZE))
                            .anyMatch(i -> texts.get(i).chars().anyMatch(Character::isDigit));
            for (int i = 0; numbered && i < texts.size(); i++) {
                if (texts.get(i).chars().allMatch(Character::isLetter)) {
                    kinds.get(i).remove(Kind.SIZE);
                }
            }
        }

        /** The base is what stands before the first part that is known to be something else. */
        private void markBasename() {
            boolean atStart = true;
            for (int i = 0; i < texts.size(); i++) {
                Set<Kind> kind = kinds.get(i);
                boolean word = kind.isEmpty() && Character.isLetter(texts.get(i).charAt(0));
                if (atStart && (word || kind.contains(Kind.VERSION))) {
                    kind.add(Kind.BASENAME);
                } else {
                    atStart = false;
                    if (kind.isEmpty()) {
                        kind.add(Kind.FINETUNE);
                    }
                }
            }
            for (int i = texts.size() - 1; i >= 0; i--) {
                Set<Kind> kind = kinds.get(i);
                if (!kind.contains(Kind.BASENAME) || kind.size() == 1) {
                    return;
                }
                kind.remove(Kind.BASENAME);
            }
        }

        /** A size that is there twice is told once. */
        Optional<String> size() {
            return joined(texts(kind -> kind.contains(Kind.SIZE)).distinct());
        }

        Optional<String> joined(Predicate<Set<Kind>> which) {
            return joined(texts(which));
        }

        private Stream<String> texts(Predicate<Set<Kind>> which) {
            return IntStream.range(0, texts.size())
                    .filter(i -> which.test(kinds.get(i)))
                    .mapToObj(texts::get);
        }

        private static Optional<String> joined(Stream<String> texts) {
            return Optional.of(texts.collect(Collectors.joining("-"))).filter(s -> !s.isEmpty());
        }
    }
}
