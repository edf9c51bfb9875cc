package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static pennyweight.formats.gguf.HeaderBytes.ARRAY;
import static pennyweight.formats.gguf.HeaderBytes.BOOL;
import static pennyweight.formats.gguf.HeaderBytes.I32;
import static pennyweight.formats.gguf.HeaderBytes.STRING;
import static pennyweight.formats.gguf.HeaderBytes.U32;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Shape;

/** The reader against sound files built byte by byte from the specification. */
class GgufFileTest {
    @TempDir Path folder;

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.gguf"), bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void readsBothVersions(int version) throws IOException {
        byte[] bytes =
                HeaderBytes.header(version, 2, 3)
                        .text("a")
                        .i32(U32)
                        .i32(-1)
                        .text("b.c")
                        .i32(ARRAY)
                        .i32(STRING)
                        .i64(2)
                        .text("")
                        .text("Ġé")
                        .text("flag")
                        .i32(BOOL)
                        .u8(2)
                        .tensor("w", 8, 0, 64, 3)
                        .tensor("s", 0, 224, 1)
                        .pad(32)
                        .zeros(224 + 4)
                        .done();
        try (GgufFile file = GgufFile.open(write(bytes))) {
            assertEquals(
                    List.of("a", "b.c", "flag"), List.copyOf(file.metadata().values().keySet()));
            assertEquals(new GgufValue.U32(0xFFFF_FFFFL), file.metadata().values().get("a"));
            assertEquals(List.of("", "Ġé"), file.metadata().strings("b.c"));
            assertTrue(file.metadata().bool("flag"));
            long start = bytes.length - 228;
            assertEquals(
                    List.of(
                            new GgufTensor("w", GgufType.Q8_0, Shape.of(3, 64), start, 3 * 68),
                            new GgufTensor("s", GgufType.F32, Shape.of(1), start + 224, 4)),
                    file.tensors());
            assertEquals(GgufType.F32, file.tensor("s").orElseThrow().type());
            assertFalse(file.tensor("none").isPresent());
            assertEquals(bytes.length, file.input().size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 32, 128, 4096})
    void honoursAnyAlignment(int alignment) throws IOException {
        int second = Math.max(8, alignment);
        byte[] bytes =
                HeaderBytes.header(3, 2, 1)
                        .text("general.alignment")
                        .i32(U32)
                        .i32(alignment)
                        .tensor("a", 0, 0, 2)
                        .tensor("b", 0, second, 1)
                        .pad(alignment)
                        .zeros(second + 4)
                        .done();
        try (GgufFile file = GgufFile.open(write(bytes))) {
            assertEquals(bytes.length - 4, file.tensor("b").orElseThrow().offset());
        }
    }

    @ParameterizedTest
    @EnumSource(GgufType.class)
    void readsEveryTypeBySize(GgufType type) throws IOException {
        int columns = type.blockElements();
        int bytes = 2 * type.blockBytes();
        int padded = (bytes + 31) / 32 * 32;
        byte[] file =
                HeaderBytes.header(3, 2, 0)
                        .tensor("a", type.id(), 0, columns, 2)
                        .tensor("b", 0, padded, 1)
                        .pad(32)
                        .zeros(padded + 4)
                        .done();
        try (GgufFile gguf = GgufFile.open(write(file))) {
            GgufTensor a = gguf.tensor("a").orElseThrow();
            assertEquals(type, a.type());
            assertEquals(bytes, a.bytes());
            assertEquals(file.length - 4, gguf.tensor("b").orElseThrow().offset());
        }
    }

    @Test
    void takesTheLongestNameAndAllDimensions() throws IOException {
        String longest = "n".repeat(63);
        byte[] bytes =
                HeaderBytes.header(3, 1, 0).tensor(longest, 0, 0, 1, 2, 3, 4).zeros(256).done();
        try (GgufFile file = GgufFile.open(write(bytes))) {
            assertEquals(Shape.of(4, 3, 2, 1), file.tensor(longest).orElseThrow().shape());
        }
    }

    @Test
    void readsAFileWithoutTensors() throws IOException {
        try (GgufFile file = GgufFile.open(write(HeaderBytes.header(3, 0, 0).done()))) {
            assertEquals(List.of(), file.tensors());
            assertTrue(file.metadata().values().isEmpty());
        }
    }

    @Test
    void readsStringsLongerThanItsWindow() throws IOException {
        String text = "ab".repeat(100_000);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] start = HeaderBytes.header(3, 0, 2).text("k").i32(STRING).i64(utf8.length).done();
        byte[] end = new HeaderBytes().text("z").i32(U32).i32(5).done();
        ByteBuffer all = ByteBuffer.allocate(start.length + utf8.length + end.length);
        all.put(start).put(utf8).put(end);
        try (GgufFile file = GgufFile.open(write(all.array()))) {
            assertEquals(text, file.metadata().string("k"));
            assertEquals(5, file.metadata().u32("z"));
        }
    }

    @Test
    void layoutGivesTheBytesOfTheSpecification() {
        SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("k", new GgufValue.Strings(List.of("x", "é")));
        metadata.put("i", GgufValue.Numbers.i32(3, -1));
        GgufLayout layout =
                GgufLayout.of(
                        metadata,
                        List.of(
                                new GgufLayout.Entry("a", GgufType.F16, Shape.of(3)),
                                new GgufLayout.Entry("b", GgufType.Q4_0, Shape.of(2, 32))));
        byte[] expected =
                HeaderBytes.header(3, 2, 2)
                        .text("k")
                        .i32(ARRAY)
                        .i32(STRING)
                        .i64(2)
                        .text("x")
                        .text("é")
                        .text("i")
                        .i32(ARRAY)
                        .i32(I32)
                        .i64(2)
                        .i32(3)
                        .i32(-1)
                        .tensor("a", 1, 0, 3)
                        .tensor("b", 2, 32, 32, 2)
                        .pad(32)
                        .done();
        assertArrayEquals(expected, layout.header().toArray());
        assertEquals(expected.length + 32 + 64, layout.fileBytes());
        assertEquals(
                new GgufTensor("b", GgufType.Q4_0, Shape.of(2, 32), expected.length + 32, 36),
                layout.tensors().get(1));
    }
}
