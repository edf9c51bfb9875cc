package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static pennyweight.formats.gguf.HeaderBytes.U32;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;

/** Broken importance matrices of both forms. */
class ImatrixRefusalTest {
    private static final long MOST_ALLOCATED = 4L << 20;

    private static final com.sun.management.ThreadMXBean MEMORY =
            (com.sun.management.ThreadMXBean)
                    java.lang.management.ManagementFactory.getThreadMXBean();

    @TempDir Path folder;

    private void refused(HeaderBytes bytes, String... parts) throws IOException {
        refused(bytes.done(), parts);
    }

    private void refused(byte[] bytes, String... parts) throws IOException {
        Path file = Files.write(folder.resolve("x"), bytes);
        long before = MEMORY.getCurrentThreadAllocatedBytes();
        Refusal refusal = assertThrows(Refusal.class, () -> ImatrixFile.read(file));
        long taken = MEMORY.getCurrentThreadAllocatedBytes() - before;
        assertTrue(taken < MOST_ALLOCATED, taken + " bytes taken");
        assertEquals(Refusal.Kind.BAD_INPUT, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(file + ": "), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    private static HeaderBytes pair(long columns, long matrices, float... values) {
        return ImatrixFileTest.gguf(2, 1)
                .tensor("x.in_sum2", 0, 0, columns, matrices)
                .tensor("x.counts", 0, (4 * columns * matrices + 31) / 32 * 32, 1, matrices)
                .pad(32)
                .f32(values)
                .pad(32);
    }

    private static HeaderBytes dat(int entries) {
        return new HeaderBytes().i32(entries).shortText("a");
    }

    @Test
    void whatIsNoMatrix() throws IOException {
        refused(new byte[0], "is no importance matrix");
        refused(
                "a text of some length, no matrix".getBytes(StandardCharsets.UTF_8),
                "is no importance matrix");
        refused(new byte[100], "is no importance matrix");
        refused(
                HeaderBytes.header(3, 1, 0).tensor("a", 0, 0, 4).pad(32).zeros(16),
                "is a GGUF file, but no importance matrix");
        refused(HeaderBytes.header(3, 5, 0), "tensor list");
    }

    @Test
    void missingParts() throws IOException {
        refused(ImatrixFileTest.gguf(0, 1), "has no entries");
        refused(
                ImatrixFileTest.gguf(1, 1).tensor("x.other", 0, 0, 4).pad(32).zeros(16),
                "has no entries");
        refused(
                ImatrixFileTest.gguf(1, 1).tensor("x.in_sum2", 0, 0, 4).pad(32).zeros(16),
                "tensor x.in_sum2: is there without x.counts");
        refused(
                ImatrixFileTest.gguf(1, 1).tensor("x.counts", 0, 0, 4).pad(32).zeros(16),
                "tensor x.counts: is there without x.in_sum2");
        refused(
                HeaderBytes.header(3, 2, 1)
                        .text("general.type")
                        .i32(HeaderBytes.STRING)
                        .text("imatrix")
                        .tensor("x.in_sum2", 0, 0, 4)
                        .tensor("x.counts", 0, 32, 1)
                        .pad(32)
                        .zeros(36),
                "metadata has no key imatrix.datasets");
        refused(
                HeaderBytes.header(3, 2, 1)
                        .text("imatrix.datasets")
                        .i32(U32)
                        .i32(1)
                        .tensor("x.in_sum2", 0, 0, 4)
                        .tensor("x.counts", 0, 32, 1)
                        .pad(32)
                        .zeros(36),
                "imatrix.datasets is of type u32, not array of string");
    }

    @Test
    void typesAndShapes() throws IOException {
        refused(
                ImatrixFileTest.gguf(2, 1)
                        .tensor("x.in_sum2", 1, 0, 4)
                        .tensor("x.counts", 0, 32, 1)
                        .pad(32)
                        .zeros(36),
                "tensor x.in_sum2: is of type F16, not F32");
        refused(
                ImatrixFileTest.gguf(2, 1)
                        .tensor("x.in_sum2", 0, 0, 4)
                        .tensor("x.counts", 26, 32, 1)
                        .pad(32)
                        .zeros(36),
                "tensor x.counts: is of type I32, not F32");
        refused(
                ImatrixFileTest.gguf(2, 1)
                        .tensor("x.in_sum2", 0, 0, 5)
                        .tensor("x.counts", 0, 32, 2)
                        .pad(32)
                        .zeros(40),
                "tensor x.in_sum2: has 5 sums for 2 matrices");
        refused(
                ImatrixFileTest.gguf(2, -1)
                        .tensor("x.in_sum2", 0, 0, 5)
                        .tensor("x.counts", 0, 32, 1)
                        .pad(32)
                        .zeros(36),
                "imatrix.chunk_count is 4294967295");
    }

    @Test
    void numbersThatAreNoWeights() throws IOException {
        refused(
                pair(4, 1, Float.NaN, 1, Float.NaN, -1).f32(1),
                "tensor x.in_sum2: of its 4 numbers, 2 are NaN, 1 is negative");
        refused(
                pair(4, 1, 1, Float.POSITIVE_INFINITY, 1, 1).f32(1),
                "tensor x.in_sum2: of its 4 numbers, 1 is infinite");
        refused(
                pair(4, 1, 1, 1, 1, 1).f32(Float.NaN),
                "tensor x.counts: of its 1 numbers, 1 is NaN");
        refused(pair(4, 1, 1, 1, 1, 1).f32(-3), "tensor x.counts", "1 is negative");
        refused(
                dat(1).i32(2).i32(3).f32(1, Float.NEGATIVE_INFINITY, Float.NaN),
                "tensor a: of its 3 numbers, 1 is NaN, 1 is infinite, 1 is negative");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 2, 7, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void numbersThatTheOlderFormCannotHold(int n) throws IOException {
        refused(dat(n).i32(1).i32(1).f32(1));
        refused(dat(1).i32(1).i32(n).f32(1), n < 1 ? "has " + n + " values" : "claims");
        refused(new HeaderBytes().i32(1).i32(n).zeros(30));
        refused(
                dat(2).i32(1).i32(1).f32(1).i32(n).zeros(40),
                n < 1 || n > 1024 ? "entry 1 has a name of " + n + " bytes" : "entry 1");
        if (n > 0) {
            refused(
                    dat(1).i32(1).i32(1).f32(1).i32(1).i32(n).u8('x'),
                    "name of the dataset",
                    "claims");
        }
    }

    @Test
    void contradictionsInTheOlderForm() throws IOException {
        refused(dat(1).i32(-1).i32(1).f32(1), "entry 0, a, has 1 values of -1 chunks");
        refused(
                dat(2).i32(1).i32(1).f32(1).shortText("a").i32(1).i32(1).f32(1),
                "entry 1, a, is there twice");
        refused(dat(1).i32(1).i32(1).f32(1).i32(-5), "number of chunks is -5");
        refused(dat(1).i32(1).i32(1).f32(1).u8(1), "number of chunks");
        refused(
                dat(2).i32(1).i32(1).f32(1).i32(2).u8(0xC3).u8(0x28).zeros(16),
                "entry 1 that ends at byte",
                "not UTF-8");
    }

    @Test
    void everyPrefixOfAnEntry() throws IOException {
        byte[] entries =
                dat(2).i32(1).i32(2).f32(1, 2).shortText("b").i32(1).i32(2).f32(1, 2).done();
        for (int length = 0; length < entries.length; length++) {
            refused(Arrays.copyOf(entries, length));
        }
        byte[] gguf = pair(4, 1, 1, 2, 3, 4).f32(1).done();
        for (int length = 0; length < gguf.length; length++) {
            refused(Arrays.copyOf(gguf, length));
        }
    }

    @Test
    void damageGivesAMatrixOrARefusal() throws IOException {
        byte[][] sound = {
            dat(2).i32(1).i32(2).f32(1, 2).shortText("b").i32(1).i32(2).f32(1, 2).i32(1).done(),
            pair(4, 2, 1, 2, 3, 4, 5, 6, 7, 8).f32(1, 2).done()
        };
        Random random = new Random(9);
        int refusals = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = sound[round % 2].clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve("x"), damaged);
            long before = MEMORY.getCurrentThreadAllocatedBytes();
            try {
                for (ImatrixEntry e : ImatrixFile.read(file).entries()) {
                    for (float v : e.values()) {
                        assertTrue(v >= 0 && Float.isFinite(v), e.name());
                    }
                }
            } catch (Refusal e) {
                refusals++;
            }
            long taken = MEMORY.getCurrentThreadAllocatedBytes() - before;
            assertTrue(taken < MOST_ALLOCATED, taken + " bytes taken");
        }
        assertTrue(refusals > 400, refusals + " refusals");
    }
}
