package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static pennyweight.formats.gguf.HeaderBytes.ARRAY;
import static pennyweight.formats.gguf.HeaderBytes.I32;
import static pennyweight.formats.gguf.HeaderBytes.STRING;
import static pennyweight.formats.gguf.HeaderBytes.U32;
import static pennyweight.formats.gguf.HeaderBytes.U64;
import static pennyweight.formats.gguf.HeaderBytes.U8;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;

/** Every rule of the reader, each broken by one file that is sound but for it. */
class GgufRefusalTest {
    /** What a refusal may take, whatever the file claims: the window, texts, and little more. */
    private static final long MOST_ALLOCATED = 4L << 20;

    private static final com.sun.management.ThreadMXBean MEMORY =
            (com.sun.management.ThreadMXBean)
                    java.lang.management.ManagementFactory.getThreadMXBean();

    @TempDir Path folder;

    private void refused(HeaderBytes bytes, String... parts) throws IOException {
        refused(Refusal.Kind.BAD_INPUT, bytes.done(), parts);
    }

    private void refused(Refusal.Kind kind, byte[] bytes, String... parts) throws IOException {
        Path file = Files.write(folder.resolve("x.gguf"), bytes);
        long before = MEMORY.getCurrentThreadAllocatedBytes();
        Refusal refusal = assertThrows(Refusal.class, () -> GgufFile.open(file));
        long taken = MEMORY.getCurrentThreadAllocatedBytes() - before;
        assertTrue(taken < MOST_ALLOCATED, taken + " bytes taken");
        assertEquals(kind, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(file + ": "), message);
        assertTrue(message.lines().count() == 1 && message.length() < 600, message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    private static HeaderBytes oneKey() {
        return HeaderBytes.header(3, 0, 1).text("k");
    }

    private static HeaderBytes oneTensor() {
        return HeaderBytes.header(3, 1, 0);
    }

    @Test
    void otherFilesVersionsAndByteOrders() throws IOException {
        refused(Refusal.Kind.BAD_INPUT, new byte[0], "runs past the end");
        refused(
                Refusal.Kind.BAD_INPUT,
                "{\"a\": 1, \"b\": 2}".getBytes(StandardCharsets.UTF_8),
                "does not begin with GGUF");
        for (int version : new int[] {0, 1, 4, -1}) {
            refused(
                    Refusal.Kind.NOT_SUPPORTED,
                    HeaderBytes.header(version, 0, 0).done(),
                    "version " + Integer.toUnsignedString(version));
        }
        for (int version : new int[] {2 << 24, 3 << 24}) {
            refused(
                    Refusal.Kind.NOT_SUPPORTED,
                    HeaderBytes.header(version, 1L << 56, 1L << 56).done(),
                    "is a big-endian GGUF");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40, Long.MAX_VALUE / 24 + 1})
    void countsThatTheFileCannotHold(long count) throws IOException {
        refused(HeaderBytes.header(3, count, 0), "tensor list", Long.toUnsignedString(count));
        refused(HeaderBytes.header(3, 0, count), "metadata", Long.toUnsignedString(count));
    }

    @Test
    void brokenKeys() throws IOException {
        refused(HeaderBytes.header(3, 0, 1).text("").i32(U32).i32(1), "key 0 is empty");
        refused(
                HeaderBytes.header(3, 0, 2).text("a").i32(U32).i32(1).text("a").i32(U32).i32(1),
                "key a is there twice");
        refused(
                HeaderBytes.header(3, 0, 1).i64(2).u8(0xC3).u8(0x28).i32(U32).i32(1),
                "key that ends at byte 34 is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(longs = {65, 1 << 30, (1L << 30) + 1, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void stringsThatTheFileCannotHold(long length) throws IOException {
        String claim = "claims " + Long.toUnsignedString(length) + " entries";
        refused(HeaderBytes.header(3, 0, 1).i64(length).zeros(64), "key at byte 32", claim);
        refused(oneKey().i32(STRING).i64(length).zeros(64), "value of k", claim);
        refused(
                oneKey().i32(ARRAY).i32(STRING).i64(2).text("a").i64(length).zeros(64),
                "value of k",
                claim);
        refused(oneTensor().i64(length).zeros(64), "tensor name", claim);
    }

    @Test
    void keysAsLongAsTheHeaderAreNotRepeatedWhole() throws IOException {
        refused(
                HeaderBytes.header(3, 0, 1).text("k\n".repeat(20_000)).i32(13).i64(0),
                "key k?k?k?",
                "... has unknown type 13");
    }

    @Test
    void brokenValues() throws IOException {
        for (int type : new int[] {13, -1, 1 << 20, Integer.MIN_VALUE}) {
            refused(oneKey().i32(type).i64(0), "k has unknown type " + type);
            refused(oneKey().i32(ARRAY).i32(type).i64(0), "k has unknown type " + type);
        }
        refused(oneKey().i32(ARRAY).i32(ARRAY).i64(0), "value of k is an array of arrays");
        refused(
                oneKey().i32(ARRAY).i32(ARRAY).i64(1).i32(ARRAY).i64(1).i32(U32).i64(1).i32(1),
                "value of k is an array of arrays");
        refused(oneKey().i32(U64).i32(1), "value of k at byte");
    }

    @Test
    void arraysThatTheFileCannotHold() throws IOException {
        refused(oneKey().i32(ARRAY).i32(I32).i64(3).zeros(11), "value of k", "3 entries");
        refused(oneKey().i32(ARRAY).i32(STRING).i64(2).zeros(15), "value of k", "2 entries");
        refused(
                oneKey().i32(ARRAY).i32(U8).i64((1L << 30) + 1).zeros(15),
                "k claims 1073741825 elements");
        for (long count : new long[] {-1, Long.MIN_VALUE, 1L << 30, Long.MAX_VALUE}) {
            for (int element : new int[] {U8, U64, STRING}) {
                refused(oneKey().i32(ARRAY).i32(element).i64(count).zeros(15), "value of k");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 24, 33, -32, Integer.MIN_VALUE})
    void alignmentsThatAreNoPowerOfTwo(int alignment) throws IOException {
        refused(
                HeaderBytes.header(3, 0, 1).text("general.alignment").i32(U32).i32(alignment),
                "general.alignment");
    }

    @Test
    void alignmentsOfAnotherType() throws IOException {
        refused(
                HeaderBytes.header(3, 0, 1).text("general.alignment").i32(U64).i64(32),
                "general.alignment is of type u64, not u32");
        refused(
                HeaderBytes.header(3, 0, 1).text("general.alignment").i32(STRING).text("32"),
                "general.alignment is of type string, not u32");
        refused(
                HeaderBytes.header(3, 0, 1)
                        .text("general.alignment")
                        .i32(ARRAY)
                        .i32(U32)
                        .i64(1)
                        .i32(32),
                "general.alignment is of type array of u32, not u32");
    }

    @Test
    void brokenTensorNames() throws IOException {
        String tooLong = "n".repeat(64);
        refused(oneTensor().tensor(tooLong, 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(oneTensor().tensor("é".repeat(32), 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(oneTensor().tensor("n".repeat(9000), 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(oneTensor().tensor("", 0, 0, 1).zeros(64), "1 to 63 bytes");
        refused(oneTensor().tensor("a\0b", 0, 0, 1).zeros(64), "a?b", "zero byte");
        refused(
                HeaderBytes.header(3, 2, 0).tensor("a", 0, 0, 1).tensor("a", 0, 32, 1).zeros(128),
                "tensor a: is there twice");
    }

    @Test
    void brokenShapes() throws IOException {
        refused(oneTensor().tensor("a", 0, 0).zeros(64), "tensor a: has 0 dimensions, not 1 to 4");
        refused(oneTensor().tensor("a", 0, 0, 1, 1, 1, 1, 1).zeros(64), "tensor a: has 5 dim");
        refused(oneTensor().text("a").i32(-1).zeros(64), "tensor a: has 4294967295 dimensions");
        refused(oneTensor().tensor("a", 0, 0, 1, -1).zeros(64), "a: has a dimension of -1");
        refused(oneTensor().tensor("a", 0, 0, 0).zeros(64), "a: has a dimension of 0");
        refused(oneTensor().tensor("a", 0, 0, 4, 0, 4).zeros(64), "a: has a dimension of 0");
        for (long[] ne :
                new long[][] {
                    {1L << 31, 1L << 31, 4},
                    {1L << 62, 2},
                    {Long.MAX_VALUE},
                    {1, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE}
                }) {
            refused(oneTensor().tensor("a", 0, 0, ne).zeros(64), "a: shape", "more than 2^63");
        }
    }

    @Test
    void brokenTypesAndRows() throws IOException {
        for (int type : new int[] {4, 5, 31, 32, 33, 36, 37, 38, 43, 1000, -1, Integer.MIN_VALUE}) {
            refused(
                    oneTensor().tensor("a", type, 0, 256).zeros(512),
                    "tensor a: has unknown or retired type " + type);
        }
        for (GgufType type : GgufType.values()) {
            if (type.blockElements() > 1) {
                long columns = type.blockElements() / 2 * 3L;
                refused(
                        oneTensor().tensor("a", type.id(), 0, columns, 2).zeros(1024),
                        "tensor a: has rows of "
                                + columns
                                + ", no multiple of "
                                + type
                                + "'s "
                                + type.blockElements());
            }
        }
    }

    @Test
    void offsetsThatAreNotTheRunningSum() throws IOException {
        for (long first : new long[] {32, 1, -32, Long.MIN_VALUE, Long.MAX_VALUE}) {
            refused(
                    oneTensor().tensor("a", 0, first, 1).zeros(128),
                    "a: lies at",
                    "where 0 is due");
        }
        // Shared, overlapping, unaligned, with a gap, outside the file.
        for (long second : new long[] {0, 4, 8, 40, 64, 1L << 40, -32, Long.MAX_VALUE}) {
            refused(
                    HeaderBytes.header(3, 2, 0)
                            .tensor("a", 0, 0, 2)
                            .tensor("b", 0, second, 1)
                            .zeros(256),
                    "b: lies at " + second,
                    "32 is due");
        }
        // In another order than the list's.
        refused(
                HeaderBytes.header(3, 2, 0).tensor("a", 0, 32, 1).tensor("b", 0, 0, 1).zeros(256),
                "a: lies at 32");
        // Sound for an alignment of 32, which is not the file's.
        refused(
                HeaderBytes.header(3, 2, 1)
                        .text("general.alignment")
                        .i32(U32)
                        .i32(64)
                        .tensor("a", 0, 0, 1)
                        .tensor("b", 0, 32, 1)
                        .zeros(512),
                "b: lies at 32",
                "64 is due");
    }

    @Test
    void dataBeyondTheFile() throws IOException {
        refused(oneTensor().tensor("a", 0, 0, 9).pad(32).zeros(35), "a: ends beyond the file's");
        refused(oneTensor().tensor("a", 0, 0, 1L << 60).pad(32).zeros(35), "a: ends beyond");
        refused(oneTensor().tensor("a", 0, 0, 1), "a: ends beyond");
        refused(
                HeaderBytes.header(3, 1, 1)
                        .text("general.alignment")
                        .i32(U32)
                        .i32(1 << 30)
                        .tensor("a", 0, 0, 1)
                        .zeros(512),
                "a: ends beyond");
    }
}
