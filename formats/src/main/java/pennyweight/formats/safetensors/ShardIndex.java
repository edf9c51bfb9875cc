package pennyweight.formats.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * A {@code *.safetensors.index.json}: which shard holds which tensor.
 *
 * @param weightMap file of each tensor, by its name within the index's folder
 */
record ShardIndex(Path file, Map<String, String> weightMap) {
    private static final String SUFFIX = ".safetensors.index.json";
    private static final String REMEDY = "download the index and the shards again, all of one time";

    /** The index of a folder, where it has one. */
    static Optional<ShardIndex> find(Path folder) {
        List<Path> all = FolderListing.of(folder, SUFFIX);
        Path usual = folder.resolve("model" + SUFFIX);
        if (all.contains(usual)) {
            return Optional.of(read(usual));
        }
        if (all.size() > 1) {
            throw Refusal.badInput(
                    folder,
                    "holds two indexes, "
                            + all.get(0).getFileName()
                            + " and "
                            + all.get(1).getFileName(),
                    "leave only the one of the model to be read");
        }
        return all.stream().findFirst().map(ShardIndex::read);
    }

    private static ShardIndex read(Path file) {
        JsonNode map = JsonFile.readObject(file).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw Refusal.badInput(
                    file, "has no weight_map that names a tensor", "download it again");
        }
        Map<String, String> weightMap = new LinkedHashMap<>();
        map.forEachEntry((tensor, shard) -> weightMap.put(tensor, shardName(file, tensor, shard)));
        return new ShardIndex(file, weightMap);
    }

    private static String shardName(Path file, String tensor, JsonNode shard) {
        String name = shard.isString() ? shard.stringValue() : "";
        // An index must not lead out of its folder.
        boolean plain =
                name.endsWith(".safetensors")
                        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ');
        if (!plain) {
            throw Refusal.badTensor(
                    file,
                    JsonFile.printable(tensor),
                    "is mapped to "
                            + JsonFile.printable(shard.toString())
                            + ", which is not the name of a *.safetensors file",
                    REMEDY);
        }
        return name;
    }

    /** The shards by name; throws where one is missing. */
    List<Path> shards() {
        Path folder = file.resolveSibling("");
        List<Path> shards =
                new TreeSet<>(weightMap.values()).stream().map(file::resolveSibling).toList();
        for (Path shard : shards) {
            if (!Files.exists(shard)) {
                long held =
                        weightMap.values().stream()
                                .filter(n -> shard.equals(file.resolveSibling(n)))
                                .count();
                throw Refusal.badInput(
                        shard,
                        "no such file, but "
                                + file.getFileName()
                                + " maps "
                                + held
                                + " tensors to it",
                        "download it into " + folder);
            }
        }
        return shards;
    }

    /** Throws unless {@code found}, the tensors of the shards, are those of the index. */
    void check(Map<String, TensorEntry> found) {
        weightMap.forEach((name, shard) -> {
            TensorEntry entry = found.get(name);
            if (entry == null || !entry.file().equals(file.resolveSibling(shard))) {
                throw Refusal.badTensor(
                        file,
                        JsonFile.printable(name),
                        "is mapped to "
                                + shard
                                + ", which does not hold it"
                                + (entry == null
                                        ? ""
                                        : " (" + entry.file().getFileName() + " does)"),
                        REMEDY);
            }
        });
        for (TensorEntry entry : found.values()) {
            if (!weightMap.containsKey(entry.name())) {
                throw Refusal.badTensor(
                        entry.file(),
                        JsonFile.printable(entry.name()),
                        "is not named by " + file.getFileName(),
                        REMEDY);
            }
        }
    }
}
