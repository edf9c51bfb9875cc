package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;

/** The reader against files built byte by byte from the specification. */
class GgufFileTest {
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    @TempDir Path folder;

    /** Bytes of a file, written as the specification words it. */
    private static final class Bytes {
        private final ByteBuffer b = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

        static Bytes header(int version, long tensors, long keys) {
            Bytes bytes = new Bytes();
            bytes.b.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(version);
            return bytes.i64(tensors).i64(keys);
        }

        Bytes u8(int v) {
            b.put((byte) v);
            return this;
        }

        Bytes i32(int v) {
            b.putInt(v);
            return this;
        }

        Bytes i64(long v) {
            b.putLong(v);
            return this;
        }

        Bytes text(String s) {
            byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
            b.putLong(utf8.length).put(utf8);
            return this;
        }

        /** A tensor with its dimensions innermost first. */
        Bytes tensor(String name, int type, long offset, long... ne) {
            text(name).i32(ne.length);
            for (long n : ne) {
                i64(n);
            }
            return i32(type).i64(offset);
        }

        Bytes pad(int alignment) {
            while (b.position() % alignment != 0) {
                b.put((byte) 0);
            }
            return this;
        }

        Bytes zeros(int n) {
            b.put(new byte[n]);
            return this;
        }

        byte[] done() {
            return Arrays.copyOf(b.array(), b.position());
        }
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.gguf"), bytes);
    }

    private void refused(Bytes bytes, String... parts) throws IOException {
        refused(Refusal.Kind.BAD_INPUT, bytes.done(), parts);
    }

    private void refused(Refusal.Kind kind, byte[] bytes, String... parts) throws IOException {
        Path file = write(bytes);
        Refusal refusal = assertThrows(Refusal.class, () -> GgufFile.open(file));
        assertEquals(kind, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(file + ": "), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void readsBothVersions(int version) throws IOException {
        byte[] bytes =
                Bytes.header(version, 2, 3)
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
                        .tensor("s", 0, 224)
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
                            new GgufTensor("s", GgufType.F32, Shape.of(), start + 224, 4)),
                    file.tensors());
            assertEquals(GgufType.F32, file.tensor("s").orElseThrow().type());
            assertFalse(file.tensor("none").isPresent());
            assertEquals(bytes.length, file.input().size());
        }
    }

    @Test
    void honoursAnotherAlignment() throws IOException {
        byte[] bytes =
                Bytes.header(3, 2, 1)
                        .text("general.alignment")
                        .i32(U32)
                        .i32(128)
                        .tensor("a", 0, 0, 1)
                        .tensor("b", 0, 128, 1)
                        .pad(128)
                        .zeros(132)
                        .done();
        try (GgufFile file = GgufFile.open(write(bytes))) {
            assertEquals(bytes.length - 4, file.tensor("b").orElseThrow().offset());
        }
    }

    @Test
    void readsTypesThatNobodyDecodes() throws IOException {
        byte[] bytes = Bytes.header(3, 1, 0).tensor("a", 16, 0, 256, 2).pad(32).zeros(132).done();
        try (GgufFile file = GgufFile.open(write(bytes))) {
            assertEquals(GgufType.IQ2_XXS, file.tensor("a").orElseThrow().type());
        }
    }

    @Test
    void refusesOtherFilesVersionsAndByteOrders() throws IOException {
        refused(Refusal.Kind.BAD_INPUT, new byte[0], "runs past the end");
        refused(
                Refusal.Kind.BAD_INPUT,
                "{\"a\": 1, \"b\": 2}".getBytes(StandardCharsets.UTF_8),
                "does not begin with GGUF");
        for (int version : new int[] {0, 1, 4, -1}) {
            refused(
                    Refusal.Kind.NOT_SUPPORTED,
                    Bytes.header(version, 0, 0).done(),
                    "version " + Integer.toUnsignedString(version));
        }
        refused(Refusal.Kind.NOT_SUPPORTED, Bytes.header(3 << 24, 0, 0).done(), "big-endian");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40})
    void refusesCountsThatTheFileCannotHold(long count) throws IOException {
        refused(Bytes.header(3, count, 0), "tensor list", Long.toUnsignedString(count));
        refused(Bytes.header(3, 0, count), "metadata", Long.toUnsignedString(count));
    }

    @Test
    void refusesBrokenKeys() throws IOException {
        refused(Bytes.header(3, 0, 1).text("").i32(U32).i32(1), "key 0 is empty");
        refused(
                Bytes.header(3, 0, 2).text("a").i32(U32).i32(1).text("a").i32(U32).i32(1),
                "key a is there twice");
        refused(Bytes.header(3, 0, 1).i64(1 << 30).zeros(64), "key", "more than the 64 bytes left");
        refused(Bytes.header(3, 0, 1).i64(-1).zeros(64), "key", "18446744073709551615");
        refused(Bytes.header(3, 0, 1).i64(2).u8(0xC3).u8(0x28).i32(U32).i32(1), "not UTF-8");
    }

    @Test
    void refusesBrokenValues() throws IOException {
        for (int type : new int[] {13, -1, 1 << 20}) {
            refused(Bytes.header(3, 0, 1).text("k").i32(type).i64(0), "k has unknown type " + type);
            refused(
                    Bytes.header(3, 0, 1).text("k").i32(ARRAY).i32(type).i64(0),
                    "k has unknown type " + type);
        }
        refused(Bytes.header(3, 0, 1).text("k").i32(ARRAY).i32(ARRAY).i64(0), "k is an array of");
        refused(
                Bytes.header(3, 0, 1).text("k").i32(STRING).i64(9).zeros(8),
                "value of k",
                "more than the 8 bytes left");
        refused(
                Bytes.header(3, 0, 1).text("k").i32(ARRAY).i32(I32).i64(3).zeros(11),
                "value of k",
                "3 entries");
        refused(
                Bytes.header(3, 0, 1).text("k").i32(ARRAY).i32(STRING).i64(2).zeros(15),
                "value of k",
                "2 entries");
        refused(
                Bytes.header(3, 0, 1).text("k").i32(ARRAY).i32(0).i64((1L << 30) + 1).zeros(15),
                "k claims 1073741825 elements");
        refused(Bytes.header(3, 0, 1).text("k").i32(ARRAY).i32(0).i64(-1).zeros(15), "value of k");
        refused(Bytes.header(3, 0, 1).text("kkk").i32(10).i32(1), "value of kkk at byte");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 24, -32})
    void refusesAlignmentsThatAreNoPowerOfTwo(int alignment) throws IOException {
        refused(
                Bytes.header(3, 0, 1).text("general.alignment").i32(U32).i32(alignment),
                "general.alignment");
    }

    @Test
    void refusesAnAlignmentOfAnotherType() throws IOException {
        refused(
                Bytes.header(3, 0, 1).text("general.alignment").i32(10).i64(32),
                "general.alignment is of type u64, not u32");
    }

    @Test
    void refusesBrokenTensorNames() throws IOException {
        String longest = "n".repeat(63);
        byte[] good = Bytes.header(3, 1, 0).tensor(longest, 0, 0, 1).pad(32).zeros(4).done();
        try (GgufFile file = GgufFile.open(write(good))) {
            assertTrue(file.tensor(longest).isPresent());
        }
        refused(Bytes.header(3, 1, 0).tensor(longest + "n", 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(Bytes.header(3, 1, 0).tensor("é".repeat(32), 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(Bytes.header(3, 1, 0).tensor("", 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(
                Bytes.header(3, 2, 0).tensor("a", 0, 0, 1).tensor("a", 0, 32, 1).zeros(128),
                "tensor a",
                "there twice");
    }

    @Test
    void refusesBrokenShapesAndTypes() throws IOException {
        refused(
                Bytes.header(3, 1, 0).tensor("a", 0, 0, 1, 1, 1, 1, 1).zeros(64),
                "tensor a: has 5 dimensions");
        refused(Bytes.header(3, 1, 0).text("a").i32(-1).zeros(64), "tensor a: has 4294967295");
        refused(Bytes.header(3, 1, 0).tensor("a", 0, 0, 1, -1).zeros(64), "negative dimension");
        refused(
                Bytes.header(3, 1, 0).tensor("a", 0, 0, 1L << 31, 1L << 31, 4).zeros(64),
                "more than 2^63");
        for (int type : new int[] {4, 5, 31, 32, 33, 36, 37, 38, 43, -1}) {
            refused(
                    Bytes.header(3, 1, 0).tensor("a", type, 0, 256).zeros(512),
                    "tensor a: has unknown or retired type " + type);
        }
        refused(
                Bytes.header(3, 1, 0).tensor("a", 12, 0, 128, 2).zeros(512),
                "rows of 128, no multiple of Q4_K's 256");
        refused(
                Bytes.header(3, 1, 0).tensor("a", 2, 0).zeros(512),
                "rows of 1, no multiple of Q4_0's 32");
    }

    @Test
    void refusesOffsetsThatAreNotTheRunningSum() throws IOException {
        refused(
                Bytes.header(3, 1, 0).tensor("a", 0, 32, 1).zeros(128),
                "a: lies at 32",
                "0 is due");
        for (long second : new long[] {0, 4, 64, -32}) {
            refused(
                    Bytes.header(3, 2, 0).tensor("a", 0, 0, 1).tensor("b", 0, second, 1).zeros(256),
                    "b: lies at " + second,
                    "32 is due");
        }
    }

    @Test
    void refusesDataBeyondTheFile() throws IOException {
        refused(Bytes.header(3, 1, 0).tensor("a", 0, 0, 9).pad(32).zeros(35), "a: ends beyond");
        refused(
                Bytes.header(3, 1, 0).tensor("a", 0, 0, 1L << 60).pad(32).zeros(35),
                "a: ends beyond");
    }

    @Test
    void refusesEveryFileCutShort() throws IOException {
        byte[] whole =
                Bytes.header(3, 1, 2)
                        .text("k")
                        .i32(STRING)
                        .text("value")
                        .text("n")
                        .i32(ARRAY)
                        .i32(I32)
                        .i64(2)
                        .i64(7)
                        .tensor("a", 0, 0, 9)
                        .pad(32)
                        .zeros(36)
                        .done();
        GgufFile.open(write(whole)).close();
        for (int length = 0; length < whole.length; length++) {
            refused(Refusal.Kind.BAD_INPUT, Arrays.copyOf(whole, length));
        }
    }

    @Test
    void survivesDamageAnywhere() throws IOException {
        byte[] whole =
                Bytes.header(3, 1, 1)
                        .text("k")
                        .i32(ARRAY)
                        .i32(STRING)
                        .i64(2)
                        .text("value")
                        .text("other")
                        .tensor("a", 0, 0, 9)
                        .pad(32)
                        .zeros(36)
                        .done();
        Random random = new Random(7);
        int refusals = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = whole.clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                damaged[random.nextInt(whole.length - 36)] = (byte) random.nextInt(256);
            }
            Path file = write(damaged);
            try {
                GgufFile.open(file).close();
            } catch (Refusal e) {
                refusals++;
            }
        }
        assertTrue(refusals > 500, refusals + " refusals");
    }

    @Test
    void readsStringsLongerThanItsWindow() throws IOException {
        String text = "ab".repeat(100_000);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] start = Bytes.header(3, 0, 2).text("k").i32(STRING).i64(utf8.length).done();
        byte[] end = new Bytes().text("z").i32(U32).i32(5).done();
        ByteBuffer all = ByteBuffer.allocate(start.length + utf8.length + end.length);
        all.put(start).put(utf8).put(end);
        try (GgufFile file = GgufFile.open(write(all.array()))) {
            assertEquals(text, file.metadata().string("k"));
            assertEquals(5, file.metadata().u32("z"));
        }
    }

    @Test
    void layoutGivesTheBytesOfTheSpecification() {
        var metadata = new java.util.LinkedHashMap<String, GgufValue>();
        metadata.put("k", new GgufValue.Strings(List.of("x", "é")));
        metadata.put("i", GgufValue.Numbers.i32(3, -1));
        GgufLayout layout =
                GgufLayout.of(
                        metadata,
                        List.of(
                                new GgufLayout.Entry("a", GgufType.F16, Shape.of(3)),
                                new GgufLayout.Entry("b", GgufType.Q4_0, Shape.of(2, 32))));
        byte[] expected =
                Bytes.header(3, 2, 2)
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
        assertArrayEquals(expected, layout.header());
        assertEquals(expected.length + 32 + 64, layout.fileBytes());
        assertEquals(
                new GgufTensor("b", GgufType.Q4_0, Shape.of(2, 32), expected.length + 32, 36),
                layout.tensors().get(1));
    }
}
