package pennyweight.converter.plan;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufType;

/**
 * llama-quantize's {@code --tensor-type PATTERN=TYPE}: the type of every tensor in whose name the
 * pattern is found. The pattern is a regular expression and is taken in lower case, as there
 * ({@code tools/quantize/quantize.cpp}, {@code parse_tensor_type}).
 */
public record TypeOverride(String pattern, GgufType type) {
    public TypeOverride {
        pattern = pattern.toLowerCase(Locale.ROOT);
    }

    /**
     * Reads {@code PATTERN=TYPE}.
     *
     * @throws Refusal of usage where it is none, or the type is not one that can be written
     */
    public static TypeOverride parse(String option, String text) {
        int sign = text.indexOf('=');
        if (sign < 1) {
            throw Refusal.usage(option + " is " + text, "give a pattern and a type: ffn_down=Q6_K");
        }
        String pattern = text.substring(0, sign);
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw Refusal.usage(
                    option + " " + text + ": the pattern is broken (" + e.getDescription() + ")",
                    "give a regular expression that is found in names of tensors");
        }
        return new TypeOverride(pattern, GgufEncodings.named(option, text.substring(sign + 1)));
    }

    /** Whether the pattern is found in the name. */
    boolean matches(String name) {
        return Pattern.compile(pattern).matcher(name).find();
    }

    /** The first of the overrides that matches. */
    static Optional<GgufType> first(Iterable<TypeOverride> overrides, String name) {
        for (TypeOverride o : overrides) {
            if (o.matches(name)) {
                return Optional.of(o.type);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return pattern + "=" + type;
    }
}
