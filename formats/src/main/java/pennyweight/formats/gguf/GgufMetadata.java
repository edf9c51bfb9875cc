package pennyweight.formats.gguf;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import pennyweight.formats.Refusal;

/**
 * The metadata of a GGUF file in the file's order. The typed accessors refuse a key that is missing
 * or of another type, naming file and key; those of optional keys refuse another type only.
 */
public final class GgufMetadata {
    private final Path file;
    private final SequencedMap<String, GgufValue> values;

    /**
     * @param file what refusals name
     */
    public GgufMetadata(Path file, SequencedMap<String, GgufValue> values) {
        this.file = file;
        this.values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
    }

    public Path file() {
        return file;
    }

    /** All keys and values, in order. */
    public SequencedMap<String, GgufValue> values() {
        return values;
    }

    public Optional<GgufValue> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** A count or an id: a u32 below 2^31. */
    public int u32(String key) {
        return optionalU32(key).orElseThrow(() -> missing(key));
    }

    public Optional<Integer> optionalU32(String key) {
        GgufValue.U32 v = typed(key, GgufValue.U32.class, "u32");
        if (v != null && v.value() > Integer.MAX_VALUE) {
            throw Refusal.badInput(
                    file,
                    "metadata key " + key + " is " + v.value() + ", which is no sensible count",
                    "the file is damaged: get it again");
        }
        return Optional.ofNullable(v).map(u -> (int) u.value());
    }

    /** A number of 16 bits, 0 to 65535, as splits have them. */
    public int u16(String key) {
        return optionalU16(key).orElseThrow(() -> missing(key));
    }

    public Optional<Integer> optionalU16(String key) {
        return Optional.ofNullable(typed(key, GgufValue.U16.class, "u16"))
                .map(GgufValue.U16::value);
    }

    public int i32(String key) {
        return optionalI32(key).orElseThrow(() -> missing(key));
    }

    public Optional<Integer> optionalI32(String key) {
        return Optional.ofNullable(typed(key, GgufValue.I32.class, "i32"))
                .map(GgufValue.I32::value);
    }

    public float f32(String key) {
        return optionalF32(key).orElseThrow(() -> missing(key));
    }

    public Optional<Float> optionalF32(String key) {
        return Optional.ofNullable(typed(key, GgufValue.F32.class, "f32"))
                .map(GgufValue.F32::value);
    }

    public boolean bool(String key) {
        return optionalBool(key).orElseThrow(() -> missing(key));
    }

    public Optional<Boolean> optionalBool(String key) {
        return Optional.ofNullable(typed(key, GgufValue.Bool.class, "bool"))
                .map(GgufValue.Bool::value);
    }

    public String string(String key) {
        return optionalString(key).orElseThrow(() -> missing(key));
    }

    public Optional<String> optionalString(String key) {
        return Optional.ofNullable(typed(key, GgufValue.Text.class, "string"))
                .map(GgufValue.Text::value);
    }

    /** An array of strings. */
    public List<String> strings(String key) {
        return optionalStrings(key).orElseThrow(() -> missing(key));
    }

    public Optional<List<String>> optionalStrings(String key) {
        return Optional.ofNullable(typed(key, GgufValue.Strings.class, "array of string"))
                .map(GgufValue.Strings::values);
    }

    /** An array of whole numbers of any width. */
    public GgufValue.Numbers integers(String key) {
        return optionalIntegers(key).orElseThrow(() -> missing(key));
    }

    public Optional<GgufValue.Numbers> optionalIntegers(String key) {
        GgufValue.Numbers v = typed(key, GgufValue.Numbers.class, "array of integers");
        if (v != null && !v.element().isInteger()) {
            throw wrongType(key, v, "array of integers");
        }
        return Optional.ofNullable(v);
    }

    private <V extends GgufValue> @Nullable V typed(String key, Class<V> type, String wanted) {
        GgufValue v = values.get(key);
        if (v == null) {
            return null;
        }
        if (!type.isInstance(v)) {
            throw wrongType(key, v, wanted);
        }
        return type.cast(v);
    }

    private Refusal missing(String key) {
        return Refusal.badInput(
                file,
                "metadata has no key " + key,
                "the file is no whole model of its kind: write or get it again");
    }

    private Refusal wrongType(String key, GgufValue found, String wanted) {
        return Refusal.badInput(
                file,
                "metadata key " + key + " is of type " + found.description() + ", not " + wanted,
                "write the file again with a tool that types its keys as llama.cpp does");
    }
}
