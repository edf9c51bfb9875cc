package pennyweight.converter.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.safetensors.SafetensorsFile;

class TokenizerTest {
    private static final Path DATA = Path.of(System.getProperty("pennyweight.testdata"));
    private static final Path TINY = DATA.resolve("tiny-qwen35");

    @TempDir Path folder;

    /** The ids that the Python tokenizer gave for the recorded text. */
    @ParameterizedTest
    @ValueSource(strings = {"hf.safetensors", "hf-long.safetensors"})
    void givesTheRecordedIds(String record) {
        try (Tokenizer tokenizer = Tokenizer.open(TINY);
                SafetensorsFile file =
                        SafetensorsFile.open(DATA.resolve("golden/tiny-qwen35/" + record))) {
            String text = String.valueOf(file.metadata().get("text"));
            int[] ids = ids(file);
            assertArrayEquals(ids, tokenizer.encode(text));
            assertEquals(text, tokenizer.decode(ids));
        }
    }

    private static int[] ids(SafetensorsFile file) {
        TensorEntry entry = file.tensor("input_ids").orElseThrow();
        byte[] bytes = file.input().read(entry.offset(), Math.toIntExact(entry.bytes()));
        LongBuffer longs = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
        int[] ids = new int[longs.remaining()];
        Arrays.setAll(ids, i -> Math.toIntExact(longs.get(i)));
        return ids;
    }

    @Test
    void cutsNoLongText() throws IOException {
        String text = Files.readString(DATA.resolve("text/eval-excerpt.txt"));
        try (Tokenizer tokenizer = Tokenizer.open(TINY)) {
            int[] ids = tokenizer.encode(text);
            assertTrue(ids.length > 4096, ids.length + " tokens");
            assertEquals(text, tokenizer.decode(ids));
        }
    }

    @Test
    void knowsSpecialTokens() {
        try (Tokenizer tokenizer = Tokenizer.open(TINY)) {
            assertArrayEquals(new int[] {2023, 2024}, tokenizer.encode("<|im_start|><|im_end|>"));
            assertEquals("<|im_start|><|im_end|>", tokenizer.decode(new int[] {2023, 2024}));
            assertEquals(0, tokenizer.encode("").length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"model\":", "[]", "{\"model\":{\"type\":\"Unheard\"}}"})
    void refusesWhatIsNoTokenizer(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        assertRefused();
    }

    @Test
    void refusesAFolderWithoutTokenizer() {
        assertRefused();
    }

    private void assertRefused() {
        Refusal refusal = assertThrows(Refusal.class, () -> Tokenizer.open(folder).close());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(folder.resolve("tokenizer.json") + ": "), message);
        assertFalse(message.contains("\n"), message);
    }
}
