package pennyweight.formats;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of shards as people give them. */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,8})([MG])");

    private ByteSize() {}

    /**
     * The bytes of a size as llama-gguf-split takes it: {@code 500M} or {@code 2G}, in powers of
     * ten.
     *
     * @throws Refusal if it is none
     */
    public static long parse(String size) {
        Matcher m = SIZE.matcher(size);
        if (!m.matches()) {
            throw Refusal.usage(
                    "'" + size + "' is no size of a shard",
                    "give a whole number of M (10^6 bytes) or G (10^9 bytes), such as 500M or 2G");
        }
        return Long.parseLong(m.group(1)) * (m.group(2).equals("M") ? 1_000_000L : 1_000_000_000L);
    }
}
