package pennyweight.formats.gguf;

import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/**
 * A GGUF model opened for reading: one file, or the files of a split one, which look alike from
 * here. Split models are checked as llama.cpp's loader does ({@code src/llama-model-loader.cpp}),
 * and can be opened from any of their files.
 */
public final class GgufShards implements Closeable {
    private static final String REMEDY = "get all files of the model again";

    /** A tensor, and the file that holds it. */
    private record Located(GgufFile file, GgufTensor tensor) {}

    private final List<GgufFile> files;
    private final GgufMetadata metadata;
    private final Map<String, Located> tensors;

    private GgufShards(List<GgufFile> files, Map<String, Located> tensors) {
        this.files = List.copyOf(files);
        this.tensors = Collections.unmodifiableMap(tensors);
        GgufMetadata first = files.getFirst().metadata();
        this.metadata = new GgufMetadata(first.file(), SplitKeys.without(first.values()));
    }

    /**
     * Opens a model.
     *
     * @param path the file, or any file of a split model; the others are looked for beside it
     * @throws Refusal as {@link GgufFile#open}, and where a shard is missing, has another name than
     *     {@code PREFIX-00001-of-00003.gguf}, keys that contradict its name or its siblings, or a
     *     tensor that another shard has too; or where the number of tensors is not the one told
     */
    public static GgufShards open(Path path) {
        List<GgufFile> opened = new ArrayList<>();
        try {
            GgufFile given = GgufFile.open(path);
            opened.add(given);
            int count = given.metadata().optionalU16(SplitKeys.COUNT).orElse(0);
            if (count <= 1) {
                return new GgufShards(opened, located(opened));
            }
            GgufShardName name = name(path, given.metadata(), count);
            List<GgufFile> shards = new ArrayList<>();
            for (int no = 0; no < count; no++) {
                shards.add(no == name.no() ? given : sibling(path, name.sibling(no), opened));
            }
            Map<String, Located> tensors = located(shards);
            requireTensors(shards, tensors.size());
            return new GgufShards(shards, tensors);
        } catch (RuntimeException e) {
            opened.forEach(GgufFile::close);
            throw e;
        }
    }

    /** The name that the file has, and must have by its keys. */
    private static GgufShardName name(Path path, GgufMetadata metadata, int count) {
        int no = metadata.u16(SplitKeys.NO);
        if (no >= count) {
            throw Refusal.badInput(path, "split.no is " + no + " of " + count, REMEDY);
        }
        return GgufShardName.parse(String.valueOf(path.getFileName()))
                .filter(n -> n.no() == no && n.count() == count)
                .orElseThrow(() ->
                        Refusal.badInput(
                                path,
                                "is shard "
                                        + (no + 1)
                                        + " of "
                                        + count
                                        + " by its keys, but not by its name",
                                "name it "
                                        + new GgufShardName("NAME", no, count).fileName()
                                        + ", as all files of the model"));
    }

    private static GgufFile sibling(Path path, GgufShardName name, List<GgufFile> opened) {
        Path shard = path.resolveSibling(name.fileName());
        if (!Files.exists(shard)) {
            throw Refusal.badInput(
                    shard,
                    "is missing: shard " + (name.no() + 1) + " of the " + name.count(),
                    "put all files of the model into one folder");
        }
        GgufFile file = GgufFile.open(shard);
        opened.add(file);
        require(shard, SplitKeys.NO, file.metadata().u16(SplitKeys.NO), name.no());
        require(shard, SplitKeys.COUNT, file.metadata().u16(SplitKeys.COUNT), name.count());
        return file;
    }

    private static void require(Path shard, String key, int found, int due) {
        if (found != due) {
            throw Refusal.badInput(
                    shard, key + " is " + found + ", where " + due + " is due", REMEDY);
        }
    }

    private static Map<String, Located> located(List<GgufFile> files) {
        Map<String, Located> tensors = new LinkedHashMap<>();
        for (GgufFile file : files) {
            for (GgufTensor t : file.tensors()) {
                Located other = tensors.put(t.name(), new Located(file, t));
                if (other != null) {
                    throw Refusal.badTensor(
                            file.input().path(),
                            HeaderCursor.shown(t.name()),
                            "is in " + other.file.input().path().getFileName() + " too",
                            REMEDY);
                }
            }
        }
        return tensors;
    }

    private static void requireTensors(List<GgufFile> shards, int found) {
        shards.getFirst().metadata().i32(SplitKeys.TENSORS);
        for (GgufFile shard : shards) {
            int told = shard.metadata().optionalI32(SplitKeys.TENSORS).orElse(found);
            if (told != found) {
                throw Refusal.badInput(
                        shard.input().path(),
                        SplitKeys.TENSORS
                                + " is "
                                + told
                                + ", but all shards together have "
                                + found
                                + " tensors",
                        REMEDY);
            }
        }
    }

    /** The file, or the first one of a split model. */
    public Path path() {
        return files.getFirst().input().path();
    }

    /** The files in order, one or several. */
    public List<GgufFile> files() {
        return files;
    }

    /** The metadata of the model: the first file's, without the {@code split.*} keys. */
    public GgufMetadata metadata() {
        return metadata;
    }

    /**
     * The tensors of all files in order; each offset is from the start of the tensor's own file.
     */
    public List<GgufTensor> tensors() {
        return tensors.values().stream().map(Located::tensor).toList();
    }

    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name)).map(Located::tensor);
    }

    /**
     * The file that holds a tensor of this model.
     *
     * @throws IllegalArgumentException if the model has no such tensor
     */
    public InputFile input(GgufTensor tensor) {
        Located located = tensors.get(tensor.name());
        if (located == null) {
            throw new IllegalArgumentException(path() + " has no tensor " + tensor.name());
        }
        return located.file.input();
    }

    /** The length of all files together. */
    public long bytes() {
        return files.stream().mapToLong(f -> f.input().size()).sum();
    }

    @Override
    public void close() {
        files.forEach(GgufFile::close);
    }
}
