package pennyweight.formats.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;

class SafetensorsFolderTest {
    private static final String ONE = "model-00001-of-00002.safetensors";
    private static final String TWO = "model-00002-of-00002.safetensors";

    @TempDir Path folder;

    private void shards() throws IOException {
        shard(TWO, HandBuilt.u8("a", 0, 2));
        shard(ONE, HandBuilt.u8("c", 0, 3) + "," + HandBuilt.u8("b", 3, 4));
    }

    private void shard(String file, String entries) throws IOException {
        int end = entries.isEmpty() ? 0 : Integer.parseInt(entries.replaceAll(".*,|\\D", ""));
        HandBuilt.write(folder.resolve(file), "{" + entries + "}", end);
    }

    private void index(String... tensorAndShard) throws IOException {
        StringBuilder map = new StringBuilder();
        for (int i = 0; i < tensorAndShard.length; i += 2) {
            map.append(i == 0 ? "" : ",")
                    .append('"' + tensorAndShard[i] + "\":\"" + tensorAndShard[i + 1] + '"');
        }
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + map + "}}");
    }

    @Test
    void readsTheShardsOfAnIndex() throws IOException {
        shards();
        shard("consolidated.safetensors", HandBuilt.u8("a", 0, 2));
        index("a", TWO, "b", ONE, "c", ONE);
        try (SafetensorsFolder all = SafetensorsFolder.open(folder)) {
            assertEquals(List.of("c", "b", "a"), names(all));
            assertEquals(List.of(folder.resolve(ONE), folder.resolve(TWO)), all.files());
            TensorEntry b = all.tensor("b").orElseThrow();
            assertArrayEquals(new byte[] {3}, all.input(b).read(b.offset(), 1));
            assertFalse(all.tensor("d").isPresent());
            assertEquals(Map.of(ONE, Map.of(), TWO, Map.of()), all.metadata());
        }
    }

    @Test
    void readsEveryFileWhereThereIsNoIndex() throws IOException {
        shards();
        try (SafetensorsFolder all = SafetensorsFolder.open(folder)) {
            assertEquals(List.of("c", "b", "a"), names(all));
        }
    }

    @Test
    void readsAnIndexOfAnotherName() throws IOException {
        shards();
        index("a", TWO);
        Files.move(
                folder.resolve("model.safetensors.index.json"),
                folder.resolve("diffusion.safetensors.index.json"));
        try (SafetensorsFolder all = SafetensorsFolder.open(folder)) {
            assertEquals(List.of("a"), names(all));
        }
        Files.copy(
                folder.resolve("diffusion.safetensors.index.json"),
                folder.resolve("other.safetensors.index.json"));
        assertRefused("holds two indexes, diffusion.safetensors.index.json and other");
    }

    @Test
    void readsAPublishedLayout() {
        Path tiny = Path.of(System.getProperty("pennyweight.testdata"), "tiny-qwen35");
        try (SafetensorsFolder all = SafetensorsFolder.open(tiny)) {
            assertEquals(10_074_184, all.tensors().stream().mapToLong(TensorEntry::bytes).sum());
            TensorEntry embedding =
                    all.tensor("model.language_model.embed_tokens.weight").orElseThrow();
            assertEquals(DType.BF16, embedding.dtype());
            assertEquals(Shape.of(2048, 256), embedding.shape());
        }
    }

    @Test
    void refusesAMissingShard() throws IOException {
        shard(ONE, HandBuilt.u8("b", 0, 1));
        index("a", TWO, "b", ONE, "c", TWO);
        assertRefused(TWO + ": no such file, but model.safetensors.index.json maps 2 tensors");
    }

    @Test
    void refusesATensorThatItsShardLacks() throws IOException {
        shards();
        index("a", TWO, "b", ONE, "c", ONE, "d", ONE);
        assertRefused("tensor d: is mapped to " + ONE + ", which does not hold it;");
        index("a", TWO, "b", TWO, "c", ONE);
        assertRefused(
                "tensor b: is mapped to " + TWO + ", which does not hold it (" + ONE + " does)");
    }

    @Test
    void refusesATensorThatTheIndexLacks() throws IOException {
        shards();
        index("a", TWO, "b", ONE);
        assertRefused(ONE + ": tensor c: is not named by model.safetensors.index.json");
    }

    @Test
    void refusesATensorInTwoFiles() throws IOException {
        shards();
        shard("model.safetensors", HandBuilt.u8("b", 0, 1));
        assertRefused("model.safetensors: tensor b: is in " + ONE + " too");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../x.safetensors", "/x.safetensors", "x.bin", "", "a\\\\b.safetensors"})
    void refusesAnIndexThatLeadsElsewhere(String shard) throws IOException {
        index("a", shard);
        assertRefused("tensor a: is mapped to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"weight_map\":{}}", "{\"weight_map\":[]}"})
    void refusesAnIndexWithoutTensors(String json) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), json);
        assertRefused("has no weight_map");
    }

    @Test
    void refusesAnIndexThatIsNotJson() throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"a\":\"x\",\n\"a\":\"y\"}}");
        assertRefused("is not valid JSON (Duplicate");
        Files.writeString(index, "[1]");
        assertRefused("holds no JSON object");
    }

    @Test
    void refusesAFolderWithoutShards() throws IOException {
        assertRefused("holds no *.safetensors file; download");
        Files.createFile(folder.resolve("pytorch_model.bin"));
        assertRefused("PyTorch pickles");
    }

    private void assertRefused(String problem) {
        Refusal refusal = assertThrows(Refusal.class, () -> SafetensorsFolder.open(folder).close());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(problem), message);
        assertFalse(message.contains("\n"), message);
    }

    private static List<String> names(SafetensorsFolder all) {
        return all.tensors().stream().map(TensorEntry::name).toList();
    }
}
