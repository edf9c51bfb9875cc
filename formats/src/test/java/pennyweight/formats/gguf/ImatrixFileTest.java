package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.formats.io.InputFile;

/** Sound importance matrices: recorded ones, and both forms built by hand. */
class ImatrixFileTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("pennyweight.testdata"), "golden");

    @TempDir Path folder;

    private static Path golden(String model) {
        return GOLDEN.resolve(model).resolve("imatrix.gguf");
    }

    /**
     * SHA-256 of names and values, computed from the same files with the gguf package and NumPy.
     */
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, 8960, 58c68f8c8ae608b85195bf310e05004dcca882c3137a2811fd566741936651eb",
        "micro2b, 8960, 50fa9a63a8e5273d241797a25ca2aa385686c1da925aac4b0733047c0e74fb3e",
        "micro4b, 9216, 45761e01b73fffa9ccf08a110f7cff90267396fb5780ff196ad4428d362e9f2e"
    })
    void recorded(String model, int numbers, String digest) throws NoSuchAlgorithmException {
        ImatrixFile file = ImatrixFile.read(golden(model));
        assertEquals(ImatrixFile.Form.GGUF, file.form());
        assertEquals(List.of("cal.txt"), file.datasets());
        assertEquals(20, file.chunkCount());
        assertEquals(256, file.chunkSize());
        assertEquals(31, file.entries().size());
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        int n = 0;
        for (ImatrixEntry e : file.entries()) {
            sha.update(e.name().getBytes(StandardCharsets.UTF_8));
            sha.update(littleEndian(e.values()));
            n += e.length();
            assertEquals(1, e.matrices());
            assertEquals(e.length(), e.columns());
            assertEquals(20 * 256, e.rows());
            assertEquals(0, e.unseenMatrices());
            assertFalse(e.isZero());
        }
        assertEquals(numbers, n);
        assertEquals(digest, HexFormat.of().formatHex(sha.digest()));
        assertEquals(Optional.empty(), file.entry("token_embd.weight"));
        assertEquals(256, file.entry("blk.0.ffn_up.weight").orElseThrow().columns());
    }

    /** What llama-quantize wrote into the recorded files beside them. */
    @Test
    void keysOfQuantizedFiles() {
        String name = "golden/tiny-qwen35/imatrix.gguf";
        assertEquals(
                "{quantize.imatrix.file=Text[value="
                        + name
                        + "], quantize.imatrix.dataset=Text[value=cal.txt],"
                        + " quantize.imatrix.entries_count=U32[value=31],"
                        + " quantize.imatrix.chunks_count=U32[value=20]}",
                ImatrixFile.read(golden("tiny-qwen35")).quantizeKeys(name).toString());
    }

    @Test
    void keysThatAreLongOrUnknown() throws IOException {
        byte[] dat = new HeaderBytes().i32(1).shortText("a").i32(0).i32(1).f32(3).done();
        ImatrixFile file = ImatrixFile.read(write(dat));
        assertEquals(
                List.of("quantize.imatrix.file", "quantize.imatrix.entries_count"),
                List.copyOf(file.quantizeKeys("x").keySet()));
        assertEquals(
                new GgufValue.Text("é".repeat(63)),
                file.quantizeKeys("é".repeat(100)).get("quantize.imatrix.file"));
        assertEquals(
                new GgufValue.Text("x".repeat(127)),
                file.quantizeKeys("x".repeat(128)).get("quantize.imatrix.file"));
    }

    /** The same matrix as llama-imatrix writes it in the older form. */
    @Test
    void recordedInTheOlderForm() {
        ImatrixFile gguf = ImatrixFile.read(golden("tiny-qwen35"));
        ImatrixFile dat = ImatrixFile.read(GOLDEN.resolve("tiny-qwen35/imatrix.dat"));
        assertEquals(ImatrixFile.Form.DAT, dat.form());
        assertEquals(gguf.datasets(), dat.datasets());
        assertEquals(
                gguf.entries().stream().map(ImatrixEntry::name).toList(),
                dat.entries().stream().map(ImatrixEntry::name).toList());
        for (ImatrixEntry e : gguf.entries()) {
            assertArrayEquals(e.values(), dat.entry(e.name()).orElseThrow().values(), e.name());
        }
        assertEquals(10, dat.chunkCount());
    }

    /** Means of any size times the number of chunks, and back. */
    @Test
    void theOlderFormHasTheSameValues() throws IOException {
        ImatrixFile gguf = ImatrixFile.read(golden("tiny-qwen35"));
        int calls = 20;
        ByteArrayOutputStream dat = new ByteArrayOutputStream();
        dat.writeBytes(new HeaderBytes().i32(gguf.entries().size()).done());
        for (ImatrixEntry e : gguf.entries()) {
            dat.writeBytes(new HeaderBytes().shortText(e.name()).i32(calls).i32(e.length()).done());
            float[] values = e.values();
            for (int i = 0; i < values.length; i++) {
                values[i] *= calls;
            }
            dat.writeBytes(littleEndian(values));
        }
        dat.writeBytes(new HeaderBytes().i32(20).shortText("cal.txt").done());
        Path path = write(dat.toByteArray());
        ImatrixFile file = ImatrixFile.read(path);
        assertEquals(ImatrixFile.Form.DAT, file.form());
        assertEquals(gguf.datasets(), file.datasets());
        assertEquals(20, file.chunkCount());
        assertEquals(0, file.chunkSize());
        assertEquals(gguf.quantizeKeys("x"), file.quantizeKeys("x"));
        assertEquals(gguf.entries().size(), file.entries().size());
        for (ImatrixEntry e : gguf.entries()) {
            ImatrixEntry older = file.entry(e.name()).orElseThrow();
            assertEquals(calls, older.rows());
            float[] values = older.values();
            for (int i = 0; i < values.length; i++) {
                float due = e.values()[i];
                assertEquals(due * calls / calls, values[i]);
                assertEquals(due, values[i], Math.ulp(due));
            }
            float first =
                    ByteBuffer.wrap(Files.readAllBytes(path))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getFloat((int) older.offset());
            assertEquals(values[0], first / calls);
        }
    }

    @Test
    void expertsAndRoundedCounts() throws IOException {
        byte[] bytes =
                gguf(4, 3)
                        .tensor("x.in_sum2", 0, 0, 2, 4)
                        .tensor("x.counts", 0, 32, 1, 4)
                        .tensor("y.counts", 0, 64, 1)
                        .tensor("y.in_sum2", 0, 96, 3)
                        .pad(32)
                        .f32(6, 9, 5, 7, 1, 2, 3, 4)
                        .f32(3, 0, 0.4f, 2.5f)
                        .pad(32)
                        .f32(7)
                        .pad(32)
                        .f32(0, 0, 0)
                        .done();
        ImatrixFile file = ImatrixFile.read(write(bytes));
        ImatrixEntry x = file.entry("x").orElseThrow();
        assertEquals(4, x.matrices());
        assertEquals(2, x.columns());
        assertEquals(2, x.unseenMatrices());
        assertEquals(3, x.rows());
        assertArrayEquals(new float[] {2, 3, 1, 1, 1, 1, 1, 4f / 3}, x.values());
        assertFalse(x.isZero());
        ImatrixEntry y = file.entry("y").orElseThrow();
        assertArrayEquals(new float[3], y.values());
        assertTrue(y.isZero());
        assertEquals(List.of("x", "y"), file.entries().stream().map(ImatrixEntry::name).toList());
        x.values()[0] = 9;
        assertEquals(2, x.values()[0]);
    }

    @Test
    void theOlderFormWithoutCallsOrEnd() throws IOException {
        HeaderBytes start =
                new HeaderBytes().i32(2).shortText("a").i32(0).i32(2).f32(3, 4).shortText("b");
        byte[] bytes = start.i32(3).i32(1).f32(1).done();
        ImatrixFile file = ImatrixFile.read(write(bytes));
        assertArrayEquals(new float[] {3, 4}, file.entry("a").orElseThrow().values());
        assertArrayEquals(new float[] {1 / 3f}, file.entry("b").orElseThrow().values());
        assertEquals(0, file.chunkCount());
        assertEquals(List.of(), file.datasets());
        file = ImatrixFile.read(write(start.i32(7).done()));
        assertEquals(7, file.chunkCount());
        file = ImatrixFile.read(write(start.i32(0).done()));
        assertEquals(List.of(), file.datasets());
    }

    @Test
    void toldApartByContent() throws IOException {
        Path dat = write(new HeaderBytes().i32(1).shortText("a").i32(0).i32(1).f32(3).done());
        Path text = Files.writeString(folder.resolve("text"), "hello, this is a text of length");
        Path empty = Files.writeString(folder.resolve("empty"), "");
        assertTrue(isDat(dat));
        assertFalse(isDat(text));
        assertFalse(isDat(empty));
        assertFalse(isDat(golden("micro2b")));
        try (GgufFile file = GgufFile.open(golden("micro2b"))) {
            assertTrue(ImatrixFile.isImatrix(file.metadata()));
        }
        byte[] zeros = new byte[64];
        assertFalse(isDat(write(zeros)));
        byte[] control = new HeaderBytes().i32(1).shortText("a\nb").i32(0).i32(1).f32(3).done();
        assertFalse(isDat(write(control)));
    }

    private static boolean isDat(Path path) {
        try (InputFile input = InputFile.open(path)) {
            return ImatrixFile.isDat(input);
        }
    }

    /** The header of a matrix in GGUF up to the tensors. */
    static HeaderBytes gguf(int tensors, int chunks) {
        return HeaderBytes.header(3, tensors, 4)
                .text("general.type")
                .i32(HeaderBytes.STRING)
                .text("imatrix")
                .text("imatrix.datasets")
                .i32(HeaderBytes.ARRAY)
                .i32(HeaderBytes.STRING)
                .i64(1)
                .text("some.txt")
                .text("imatrix.chunk_count")
                .i32(HeaderBytes.U32)
                .i32(chunks)
                .text("imatrix.chunk_size")
                .i32(HeaderBytes.U32)
                .i32(512);
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        b.asFloatBuffer().put(values);
        return b.array();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.dat"), bytes);
    }
}
