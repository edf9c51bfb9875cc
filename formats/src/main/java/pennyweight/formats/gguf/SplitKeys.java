package pennyweight.formats.gguf;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;

/** The metadata keys of split models (llama.cpp {@code src/llama-arch.cpp}). */
final class SplitKeys {
    /** The shard's number from 0, a u16. */
    static final String NO = "split.no";

    /** How many shards there are, a u16; 0 in a file that was merged from shards. */
    static final String COUNT = "split.count";

    /** How many tensors all shards have together, an i32. */
    static final String TENSORS = "split.tensors.count";

    private static final Set<String> ALL = Set.of(NO, COUNT, TENSORS);

    private SplitKeys() {}

    /** The metadata without the keys of splits. */
    static SequencedMap<String, GgufValue> without(SequencedMap<String, GgufValue> metadata) {
        SequencedMap<String, GgufValue> rest = new LinkedHashMap<>(metadata);
        rest.keySet().removeAll(ALL);
        return rest;
    }

    /**
     * The keys of a shard, in the order that llama-gguf-split leaves them: it sets the count again
     * when it knows it, and a key that is set again goes to the end.
     */
    static SequencedMap<String, GgufValue> of(int no, int count, int tensors) {
        SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
        keys.put(NO, new GgufValue.U16(no));
        keys.put(TENSORS, new GgufValue.I32(tensors));
        keys.put(COUNT, new GgufValue.U16(count));
        return keys;
    }
}
