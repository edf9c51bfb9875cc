package pennyweight.formats.hf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;

class ModelCardTest {
    @TempDir Path folder;

    private ModelCard card(byte[] card) throws IOException {
        Files.writeString(folder.resolve(ModelFolder.CONFIG), "{}");
        Files.write(folder.resolve(ModelCard.FILE), card);
        return ModelCard.of(ModelFolder.open(folder));
    }

    private ModelCard card(String card) throws IOException {
        return card(card.getBytes(StandardCharsets.UTF_8));
    }

    private void refused(String part, byte[] card) {
        Refusal refusal = assertThrows(Refusal.class, () -> card(card));
        assertEquals(Refusal.Kind.BAD_INPUT, refusal.kind());
        assertTrue(String.valueOf(refusal.getMessage()).contains(part), refusal.getMessage());
    }

    @Test
    void textsListsAndSources() throws IOException {
        ModelCard card =
                card(
                        "---\na: x\nb: [y, 1.50, null, {c: d}]\nn:\nm: {k: v, l: [1], 3: 4}\n---\nz: 1");
        assertEquals(Optional.of("x"), card.text("a"));
        assertEquals(Optional.of(List.of("x")), card.texts("a"));
        assertEquals(Optional.of("y,1.50"), card.text("b"));
        assertEquals(Optional.of(List.of("y", "1.50")), card.texts("b"));
        assertEquals(
                List.of(
                        new ModelCard.Source.Id("y"),
                        new ModelCard.Source.Id("1.50"),
                        new ModelCard.Source.Described(Map.of()),
                        new ModelCard.Source.Described(Map.of("c", "d"))),
                card.sources("b"));
        assertTrue(card.has("n"));
        assertEquals(Optional.empty(), card.texts("n"));
        assertEquals(List.of(), card.sources("n"));
        assertEquals(Optional.empty(), card.text("m"));
        assertEquals(List.of(), card.sources("m"));
        assertFalse(card.has("z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# Title\n---\na: x\n---\n",
                "--- \na: x\n---\n",
                "\na: x\n---\n",
                "---\n---\na: x\n",
                "---\na\n---\n",
                "---"
            })
    void saysNothingWithoutFrontMatter(String text) throws IOException {
        assertFalse(card(text).has("a"));
    }

    @Test
    void saysNothingWhereThereIsNone() throws IOException {
        Files.writeString(folder.resolve(ModelFolder.CONFIG), "{}");
        assertFalse(ModelCard.of(ModelFolder.open(folder)).has("license"));
    }

    @Test
    void aThingWithinItselfDoesNoHarm() throws IOException {
        ModelCard card = card("---\na: &a [x, *a]\nb: &b {c: *b, d: y}\n---\n");
        assertEquals(Optional.of("x"), card.text("a"));
        assertEquals(2, card.sources("a").size());
        assertEquals(List.of(), card.sources("b"));
    }

    @Test
    void refusesWhatWouldGrowWithoutEnd() {
        StringBuilder card = new StringBuilder("---\na0: &a0 [x]\n");
        for (int i = 1; i < 12; i++) {
            String alias = "*a" + (i - 1);
            card.append("a" + i + ": &a" + i + " [")
                    .append(String.join(", ", Collections.nCopies(9, alias)))
                    .append("]\n");
        }
        refused("aliases", card.append("---\n").toString().getBytes(StandardCharsets.UTF_8));
        refused(
                "broken YAML",
                ("---\na: " + "[".repeat(100_000) + "\n---\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void refusesWhatIsNoText() throws IOException {
        refused("is not UTF-8 text", new byte[] {'-', '-', '-', '\n', (byte) 0xE9, '\n'});
        refused("broken YAML", "---\na: \u0001\n---\n".getBytes(StandardCharsets.UTF_8));
        try (FileChannel file =
                FileChannel.open(folder.resolve(ModelCard.FILE), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[1]), 1L << 32);
        }
        Refusal refusal = assertThrows(Refusal.class, () -> ModelCard.of(ModelFolder.open(folder)));
        assertTrue(String.valueOf(refusal.getMessage()).contains("4294967297 bytes"));
    }
}
