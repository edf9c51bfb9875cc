package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static pennyweight.formats.gguf.HeaderBytes.ARRAY;
import static pennyweight.formats.gguf.HeaderBytes.I32;
import static pennyweight.formats.gguf.HeaderBytes.STRING;
import static pennyweight.formats.gguf.HeaderBytes.U32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.Refusal;

/** Whatever happens to a file, the reader gives it or a refusal, and takes little memory. */
class GgufDamageTest {
    private static final int DATA = 64 + 36;
    private static final long MOST_ALLOCATED = 4L << 20;

    private static final com.sun.management.ThreadMXBean MEMORY =
            (com.sun.management.ThreadMXBean)
                    java.lang.management.ManagementFactory.getThreadMXBean();

    @TempDir Path folder;

    private static byte[] whole() {
        return HeaderBytes.header(3, 2, 4)
                .text("general.alignment")
                .i32(U32)
                .i32(32)
                .text("k")
                .i32(STRING)
                .text("value")
                .text("n")
                .i32(ARRAY)
                .i32(I32)
                .i64(2)
                .i64(7)
                .text("s")
                .i32(ARRAY)
                .i32(STRING)
                .i64(2)
                .text("value")
                .text("other")
                .tensor("a", 2, 0, 32, 3)
                .tensor("b", 0, 64, 9)
                .pad(32)
                .zeros(DATA)
                .done();
    }

    /** Whether the file is read; anything but a refusal, or much memory, fails the test. */
    private boolean reads(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("x.gguf"), bytes);
        long before = MEMORY.getCurrentThreadAllocatedBytes();
        boolean read = true;
        try (GgufFile gguf = GgufFile.open(file)) {
            for (GgufTensor t : gguf.tensors()) {
                assertTrue(t.offset() + t.bytes() <= bytes.length, t.name());
            }
        } catch (Refusal e) {
            read = false;
            assertEquals(1, String.valueOf(e.getMessage()).lines().count());
        }
        long taken = MEMORY.getCurrentThreadAllocatedBytes() - before;
        assertTrue(taken < MOST_ALLOCATED, taken + " bytes taken");
        return read;
    }

    @Test
    void everyPrefixIsRefused() throws IOException {
        byte[] whole = whole();
        assertTrue(reads(whole));
        for (int length = 0; length < whole.length; length++) {
            assertEquals(false, reads(Arrays.copyOf(whole, length)), length + " bytes");
        }
    }

    @Test
    void everyPrefixOfTheMetadataAloneIsRefused() {
        byte[] header = whole();
        Path path = Path.of("x.gguf");
        int end = 0;
        while (end < header.length && !metadataReads(path, Arrays.copyOf(header, end))) {
            end++;
        }
        assertEquals(4, GgufFile.metadata(path, Arrays.copyOf(header, end)).values().size());
        int sound = end;
        assertThrows(
                Refusal.class, () -> GgufFile.metadata(path, Arrays.copyOf(header, sound - 1)));
    }

    private static boolean metadataReads(Path path, byte[] header) {
        try {
            return !GgufFile.metadata(path, header).values().isEmpty();
        } catch (Refusal e) {
            return false;
        }
    }

    @Test
    void everyByteChangedGivesAFileOrARefusal() throws IOException {
        byte[] whole = whole();
        int refusals = 0;
        for (int at = 0; at < whole.length - DATA; at++) {
            for (int with : new int[] {0, 0xFF, whole[at] ^ 1, whole[at] ^ 0x80}) {
                byte[] damaged = whole.clone();
                damaged[at] = (byte) with;
                refusals += reads(damaged) ? 0 : 1;
            }
        }
        assertTrue(refusals > 500, refusals + " refusals");
    }

    @Test
    void manyBytesChangedGiveAFileOrARefusal() throws IOException {
        byte[] whole = whole();
        Random random = new Random(7);
        int refusals = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = whole.clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                damaged[random.nextInt(whole.length - DATA)] = (byte) random.nextInt(256);
            }
            refusals += reads(damaged) ? 0 : 1;
        }
        assertTrue(refusals > 500, refusals + " refusals");
    }
}
