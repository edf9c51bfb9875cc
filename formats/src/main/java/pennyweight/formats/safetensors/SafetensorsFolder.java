package pennyweight.formats.safetensors;

import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.json.JsonFile;

/**
 * The safetensors files of a model's folder as one set of tensors: the shards that an index names,
 * or, without an index, every {@code *.safetensors} directly in the folder. Where there is an
 * index, it and the shards must name the same tensors.
 */
public final class SafetensorsFolder implements Closeable {
    private static final String SHARD = ".safetensors";

    private final Path folder;
    private final Map<Path, SafetensorsFile> shards;
    private final List<TensorEntry> tensors;
    private final Map<String, TensorEntry> byName;

    private SafetensorsFolder(
            Path folder, Map<Path, SafetensorsFile> shards, Map<String, TensorEntry> byName) {
        this.folder = folder;
        this.shards = shards;
        this.byName = byName;
        this.tensors = List.copyOf(byName.values());
    }

    /**
     * Opens and checks every shard.
     *
     * @throws Refusal where there is no shard, one is missing or not sound, two hold the same
     *     tensor, or shards and index disagree
     */
    public static SafetensorsFolder open(Path folder) {
        return open(folder, SafetensorsFile::open);
    }

    /** As {@link #open}, but shards may end with their headers: no data can be read then. */
    public static SafetensorsFolder outline(Path folder) {
        return open(folder, SafetensorsFile::outline);
    }

    /** Whether a folder has a shard at all. */
    public static boolean isIn(Path folder) {
        return !FolderListing.of(folder, SHARD).isEmpty();
    }

    private static SafetensorsFolder open(Path folder, Function<Path, SafetensorsFile> opening) {
        Optional<ShardIndex> index = ShardIndex.find(folder);
        List<Path> files = index.map(ShardIndex::shards).orElseGet(() -> unindexed(folder));
        Map<Path, SafetensorsFile> shards = new LinkedHashMap<>();
        boolean opened = false;
        try {
            for (Path file : files) {
                shards.put(file, opening.apply(file));
            }
            Map<String, TensorEntry> byName = join(shards);
            index.ifPresent(i -> i.check(byName));
            opened = true;
            return new SafetensorsFolder(folder, shards, byName);
        } finally {
            if (!opened) {
                shards.values().forEach(SafetensorsFile::close);
            }
        }
    }

    private static List<Path> unindexed(Path folder) {
        List<Path> files = FolderListing.of(folder, SHARD);
        if (files.isEmpty()) {
            throw Refusal.badInput(folder, "holds no *.safetensors file", remedy(folder));
        }
        return files;
    }

    private static String remedy(Path folder) {
        if (!FolderListing.of(folder, ".bin").isEmpty()
                || !FolderListing.of(folder, ".pth").isEmpty()) {
            return "its weights are PyTorch pickles: save them as safetensors first";
        }
        if (!FolderListing.of(folder, ".gguf").isEmpty()) {
            return "name the *.gguf file itself";
        }
        return Files.isDirectory(folder)
                ? "download the weights into it"
                : "check the path: it is no folder";
    }

    private static Map<String, TensorEntry> join(Map<Path, SafetensorsFile> shards) {
        Map<String, TensorEntry> byName = new LinkedHashMap<>();
        for (SafetensorsFile shard : shards.values()) {
            for (TensorEntry t : shard.tensors()) {
                TensorEntry other = byName.putIfAbsent(t.name(), t);
                if (other != null) {
                    throw Refusal.badTensor(
                            t.file(),
                            JsonFile.printable(t.name()),
                            "is in " + other.file().getFileName() + " too",
                            "remove the file that does not belong to the model");
                }
            }
        }
        return byName;
    }

    public Path folder() {
        return folder;
    }

    /** All tensors: files by name, and within each by offset. */
    public List<TensorEntry> tensors() {
        return tensors;
    }

    public Optional<TensorEntry> tensor(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The open file that {@code tensor}, one of {@link #tensors()}, lies in. */
    public InputFile input(TensorEntry tensor) {
        SafetensorsFile shard = shards.get(tensor.file());
        if (shard == null) {
            throw new IllegalArgumentException(tensor + " is not of " + folder);
        }
        return shard.input();
    }

    /** The strings under {@code __metadata__} of each file, by file name. */
    public Map<String, Map<String, String>> metadata() {
        Map<String, Map<String, String>> all = new TreeMap<>();
        shards.forEach(
                (path, shard) -> all.put(String.valueOf(path.getFileName()), shard.metadata()));
        return all;
    }

    /** The files by name. */
    public List<Path> files() {
        return new ArrayList<>(shards.keySet());
    }

    /** Bytes of all files. */
    public long bytes() {
        return shards.values().stream().mapToLong(s -> s.input().size()).sum();
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }
}
