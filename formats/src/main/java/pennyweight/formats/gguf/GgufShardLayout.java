package pennyweight.formats.gguf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;

/**
 * What the files of a split model look like before any tensor is written: byte for byte what
 * llama-gguf-split makes of the whole file with {@code --split-max-size} (llama.cpp {@code
 * tools/gguf-split/gguf-split.cpp}).
 *
 * <p>A shard takes tensors while their padded bytes stay within the limit; headers do not count.
 * The first shard has all metadata, every shard the three {@code split.*} keys. One shard is a
 * possible outcome; it has the keys and the numbered name too.
 */
public final class GgufShardLayout {
    /**
     * One file.
     *
     * @param dataBytes the padded bytes of its tensors, which the limit is for
     */
    public record Shard(String fileName, GgufLayout layout, long dataBytes) {}

    /**
     * Where a tensor goes.
     *
     * @param shard the file, from 0
     * @param tensor with its offset from the start of that file
     */
    public record Placement(int shard, GgufTensor tensor) {}

    private final List<Shard> shards;
    private final long maxBytes;

    private GgufShardLayout(List<Shard> shards, long maxBytes) {
        this.shards = List.copyOf(shards);
        this.maxBytes = maxBytes;
    }

    /**
     * Lays out the files; both orders are kept.
     *
     * @param prefix what the names begin with
     * @param metadata of the whole model; {@code split.*} keys in it are replaced
     * @param maxBytes the most bytes of tensors in a shard. A tensor that is longer gets a shard of
     *     its own, see {@link #oversized}
     * @throws Refusal if the first tensor is longer, which llama-gguf-split refuses too, or there
     *     would be more than 65535 shards
     * @throws IllegalArgumentException as {@link GgufLayout#of}
     */
    public static GgufShardLayout of(
            String prefix,
            SequencedMap<String, GgufValue> metadata,
            List<GgufLayout.Entry> entries,
            long maxBytes) {
        List<List<GgufLayout.Entry>> groups = groups(entries, maxBytes);
        int count = groups.size();
        List<Shard> shards = new ArrayList<>(count);
        for (int no = 0; no < count; no++) {
            SequencedMap<String, GgufValue> keys =
                    no == 0 ? SplitKeys.without(metadata) : new LinkedHashMap<>();
            keys.putAll(SplitKeys.of(no, count, entries.size()));
            GgufLayout layout = GgufLayout.of(keys, groups.get(no));
            shards.add(
                    new Shard(
                            new GgufShardName(prefix, no, count).fileName(),
                            layout,
                            layout.fileBytes() - layout.headerBytes()));
        }
        return new GgufShardLayout(shards, maxBytes);
    }

    /** The files in order. */
    public List<Shard> shards() {
        return shards;
    }

    /** All tensors in the order given. */
    public List<Placement> tensors() {
        List<Placement> all = new ArrayList<>();
        for (int no = 0; no < shards.size(); no++) {
            for (GgufTensor t : shards.get(no).layout.tensors()) {
                all.add(new Placement(no, t));
            }
        }
        return all;
    }

    /** The shards that exceed the limit, each by its one tensor. */
    public List<Shard> oversized() {
        return shards.stream().filter(s -> s.dataBytes > maxBytes).toList();
    }

    private static List<List<GgufLayout.Entry>> groups(
            List<GgufLayout.Entry> entries, long maxBytes) {
        List<GgufLayout.Entry> group = new ArrayList<>();
        List<List<GgufLayout.Entry>> groups = new ArrayList<>(List.of(group));
        long bytes = 0;
        for (GgufLayout.Entry e : entries) {
            long more = GgufLayout.padded(e.bytes(), GgufLayout.ALIGNMENT);
            if (Math.addExact(bytes, more) > maxBytes) {
                if (group.isEmpty()) {
                    throw Refusal.usage(
                            "shards of "
                                    + maxBytes
                                    + " bytes do not hold tensor "
                                    + e.name()
                                    + " of "
                                    + more,
                            "give a larger size");
                }
                group = new ArrayList<>();
                groups.add(group);
                bytes = 0;
            }
            group.add(trimmed(e));
            bytes += more;
        }
        if (groups.size() > GgufShardName.MOST) {
            throw Refusal.usage(
                    "shards of " + maxBytes + " bytes would be " + groups.size() + " files",
                    "give a larger size");
        }
        return groups;
    }

    /** ggml does not keep outer dimensions of 1: whatever it writes again has lost them. */
    private static GgufLayout.Entry trimmed(GgufLayout.Entry e) {
        List<Long> dimensions = e.shape().dimensions();
        int first = 0;
        while (first + 1 < dimensions.size() && dimensions.get(first) == 1) {
            first++;
        }
        return new GgufLayout.Entry(
                e.name(), e.type(), new Shape(dimensions.subList(first, dimensions.size())));
    }
}
