package pennyweight.formats.gguf;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one file of a split model, {@code PREFIX-00001-of-00003.gguf} (llama.cpp's {@code
 * llama_split_path}).
 *
 * @param no from 0, as {@code split.no} counts; the name counts from 1
 * @param count how many files the model has
 */
public record GgufShardName(String prefix, int no, int count) {
    /** The most files that {@code split.count}, a u16, can tell. */
    public static final int MOST = 0xFFFF;

    private static final Pattern NAME = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})\\.gguf");

    public GgufShardName {
        if (prefix.isEmpty() || no < 0 || no >= count || count > MOST) {
            throw new IllegalArgumentException(
                    "no shard: '" + prefix + "', " + no + " of " + count);
        }
    }

    /** The shard that a file with this name is; empty where the name is not of that form. */
    public static Optional<GgufShardName> parse(String fileName) {
        Matcher m = NAME.matcher(fileName);
        if (!m.matches()) {
            return Optional.empty();
        }
        int no = Integer.parseInt(m.group(2)) - 1;
        int count = Integer.parseInt(m.group(3));
        return no < 0 || no >= count || count > MOST
                ? Optional.empty()
                : Optional.of(new GgufShardName(m.group(1), no, count));
    }

    public String fileName() {
        return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", prefix, no + 1, count);
    }

    /** Another shard of the same model. */
    public GgufShardName sibling(int otherNo) {
        return new GgufShardName(prefix, otherNo, count);
    }
}
