package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.OutputFile;

/** One file and several look alike; several that contradict each other are refused. */
class GgufShardsTest {
    private static final List<String> NAMES =
            List.of("m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf");

    @TempDir Path folder;

    private static SequencedMap<String, GgufValue> metadata() {
        SequencedMap<String, GgufValue> m = new LinkedHashMap<>();
        m.put("general.architecture", new GgufValue.Text("qwen35"));
        m.put("qwen35.block_count", new GgufValue.U32(4));
        return m;
    }

    private static SequencedMap<String, GgufValue> split(int no, int count, int tensors) {
        SequencedMap<String, GgufValue> m = no == 0 ? metadata() : new LinkedHashMap<>();
        m.putAll(SplitKeys.of(no, count, tensors));
        return m;
    }

    private static GgufLayout.Entry entry(String name, long... shape) {
        return new GgufLayout.Entry(name, GgufType.F32, Shape.of(shape));
    }

    /** Writes a file whose tensors are full of their names' first bytes. */
    private Path write(
            String name, SequencedMap<String, GgufValue> metadata, GgufLayout.Entry... entries) {
        GgufLayout layout = GgufLayout.of(metadata, List.of(entries));
        Path file = folder.resolve(name);
        try (OutputFile out = OutputFile.create(file, layout.fileBytes())) {
            byte[] header = layout.header().toArray();
            out.write(0, header, 0, header.length);
            for (GgufTensor t : layout.tensors()) {
                byte[] data = new byte[(int) t.bytes()];
                java.util.Arrays.fill(data, (byte) t.name().charAt(0));
                out.write(t.offset(), data, 0, data.length);
            }
        }
        return file;
    }

    private void threeShards() {
        write(NAMES.get(0), split(0, 3, 4), entry("a", 2, 8), entry("b", 3));
        write(NAMES.get(1), split(1, 3, 4), entry("c", 4));
        write(NAMES.get(2), split(2, 3, 4), entry("d", 5));
    }

    private void refused(Path file, String... parts) {
        Refusal refusal = assertThrows(Refusal.class, () -> GgufShards.open(file));
        assertEquals(Refusal.Kind.BAD_INPUT, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void oneFile() {
        Path file = write("whole.gguf", metadata(), entry("a", 2, 8), entry("b", 3));
        try (GgufShards model = GgufShards.open(file)) {
            assertEquals(file, model.path());
            assertEquals(1, model.files().size());
            assertEquals(metadata(), model.metadata().values());
            assertEquals(
                    List.of("a", "b"), model.tensors().stream().map(GgufTensor::name).toList());
            assertEquals(file, model.input(model.tensor("b").orElseThrow()).path());
            assertEquals(file.toFile().length(), model.bytes());
        }
    }

    @Test
    void allShardsFromAnyOfThem() {
        threeShards();
        for (String name : NAMES) {
            try (GgufShards model = GgufShards.open(folder.resolve(name))) {
                assertEquals(folder.resolve(NAMES.getFirst()), model.path());
                assertEquals(
                        NAMES,
                        model.files().stream()
                                .map(f -> String.valueOf(f.input().path().getFileName()))
                                .toList());
                assertEquals(metadata(), model.metadata().values());
                assertEquals(model.path(), model.metadata().file());
                assertEquals(
                        List.of("a", "b", "c", "d"),
                        model.tensors().stream().map(GgufTensor::name).toList());
                for (GgufTensor t : model.tensors()) {
                    byte[] data = model.input(t).read(t.offset(), (int) t.bytes());
                    byte[] due = new byte[data.length];
                    java.util.Arrays.fill(due, (byte) t.name().charAt(0));
                    assertArrayEquals(due, data);
                }
                assertEquals(Optional.empty(), model.tensor("e"));
                GgufTensor stranger = new GgufTensor("e", GgufType.F32, Shape.of(1), 0, 4);
                assertThrows(IllegalArgumentException.class, () -> model.input(stranger));
                assertEquals(
                        NAMES.stream().mapToLong(n -> folder.resolve(n).toFile().length()).sum(),
                        model.bytes());
            }
        }
    }

    @Test
    void whatWasMergedOrSplitIntoOneIsOneFile() {
        for (int count : new int[] {0, 1}) {
            Path file = write("one-" + count + ".gguf", split(0, count, 1), entry("a", 2, 8));
            try (GgufShards model = GgufShards.open(file)) {
                assertEquals(1, model.files().size());
                assertEquals(metadata(), model.metadata().values());
            }
        }
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        threeShards();
        Files.delete(folder.resolve(NAMES.get(1)));
        refused(folder.resolve(NAMES.getFirst()), NAMES.get(1) + ": is missing: shard 2 of the 3");
        Files.delete(folder.resolve(NAMES.get(0)));
        refused(folder.resolve(NAMES.getLast()), NAMES.get(0) + ": is missing: shard 1 of the 3");
    }

    @Test
    void aShardOfAnotherName() {
        for (String name :
                List.of(
                        "m.gguf",
                        "m-00002-of-00003.gguf",
                        "m-00001-of-00004.gguf",
                        "m-1-of-3.gguf",
                        "-00001-of-00003.gguf",
                        "m-00001-of-00003.gguf.bin")) {
            Path file = write(name, split(0, 3, 1), entry("a", 1));
            refused(
                    file,
                    name + ": is shard 1 of 3 by its keys",
                    "name it NAME-00001-of-00003.gguf");
        }
    }

    @Test
    void keysThatContradict() {
        Path first = write(NAMES.get(0), split(0, 3, 3), entry("a", 1));
        Path third = write(NAMES.get(2), split(2, 3, 3), entry("c", 1));
        second(split(2, 3, 3), first, "split.no is 2, where 1 is due");
        second(split(1, 4, 3), first, "split.count is 4, where 3 is due");
        second(split(1, 3, 4), first, "split.tensors.count is 4, but all shards", "3 tensors");
        second(metadata(), third, "metadata has no key split.no");
        SequencedMap<String, GgufValue> wide = split(1, 3, 3);
        wide.put(SplitKeys.NO, new GgufValue.U32(1));
        second(wide, first, "split.no is of type u32, not u16");
    }

    private void second(SequencedMap<String, GgufValue> metadata, Path opened, String... problem) {
        Path file = write(NAMES.get(1), metadata, entry("b", 1));
        refused(opened, problem);
        refused(opened, NAMES.get(1) + ": ");
        assertTrue(file.toFile().delete());
    }

    @Test
    void keysThatMakeNoSense() {
        Consumer<SequencedMap<String, GgufValue>> noNumber = m -> m.remove(SplitKeys.NO);
        first(noNumber, "metadata has no key split.no");
        first(m -> m.put(SplitKeys.NO, new GgufValue.U16(3)), "split.no is 3 of 3");
        first(m -> m.put(SplitKeys.NO, new GgufValue.I32(0)), "split.no is of type i32, not u16");
        first(
                m -> m.put(SplitKeys.COUNT, new GgufValue.U32(3)),
                "split.count is of type u32, not u16");
        first(
                m -> m.put(SplitKeys.COUNT, new GgufValue.U16(65535)),
                "is shard 1 of 65535 by its keys");
    }

    private void first(Consumer<SequencedMap<String, GgufValue>> edit, String problem) {
        SequencedMap<String, GgufValue> keys = split(0, 3, 1);
        edit.accept(keys);
        Path file = write(NAMES.get(0), keys, entry("a", 1));
        refused(file, problem);
        assertTrue(file.toFile().delete());
    }

    @Test
    void theCountOfTensorsMustBeTold() {
        SequencedMap<String, GgufValue> keys = split(0, 2, 2);
        keys.remove(SplitKeys.TENSORS);
        Path file = write("m-00001-of-00002.gguf", keys, entry("a", 1));
        write("m-00002-of-00002.gguf", split(1, 2, 2), entry("b", 1));
        refused(file, "metadata has no key split.tensors.count");
    }

    @Test
    void aTensorInTwoShards() {
        Path first = write(NAMES.get(0), split(0, 3, 3), entry("a", 1));
        write(NAMES.get(1), split(1, 3, 3), entry("b", 1));
        write(NAMES.get(2), split(2, 3, 3), entry("a", 1));
        refused(first, NAMES.get(2) + ": tensor a: is in " + NAMES.get(0) + " too");
    }

    @Test
    void aBrokenShardIsNamed() throws IOException {
        threeShards();
        Path second = folder.resolve(NAMES.get(1));
        Files.write(second, new byte[] {'G', 'G', 'U', 'F', 3});
        refused(folder.resolve(NAMES.getLast()), NAMES.get(1) + ": version");
    }

    @Test
    void namesComeBack() {
        Random random = new Random(5);
        for (int i = 0; i < 100; i++) {
            int count = 1 + random.nextInt(GgufShardName.MOST);
            GgufShardName name =
                    new GgufShardName("a-00001-of-00002", random.nextInt(count), count);
            assertEquals(Optional.of(name), GgufShardName.parse(name.fileName()));
        }
        List<String> none =
                new ArrayList<>(
                        List.of(
                                "m-00000-of-00002.gguf",
                                "m-00003-of-00002.gguf",
                                "m-00001-of-70000.gguf",
                                "m-0001-of-0002.gguf",
                                "-00001-of-00002.gguf",
                                "m-00001-of-00002.GGUF"));
        none.forEach(n -> assertFalse(GgufShardName.parse(n).isPresent(), n));
        assertThrows(IllegalArgumentException.class, () -> new GgufShardName("m", 2, 2));
        assertThrows(IllegalArgumentException.class, () -> new GgufShardName("", 0, 2));
    }
}
