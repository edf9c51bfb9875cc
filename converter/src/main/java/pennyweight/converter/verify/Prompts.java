package pennyweight.converter.verify;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.Refusal;

/** The fixed text that every file is judged on: prose, figures, code, four languages. */
public final class Prompts {
    private static final String RESOURCE = "prompts.txt";

    private Prompts() {}

    /** Its tokens, by the checkpoint's own tokenizer, at most as many as {@code depth} wants. */
    public static int[] of(Checkpoint source, Depth depth) {
        try (Tokenizer tokenizer = Tokenizer.open(source.folder().path())) {
            int[] ids = tokenizer.encode(text());
            for (int id : ids) {
                if (id >= source.model().vocabulary()) {
                    throw Refusal.badInput(
                            source.folder().path(),
                            "the tokenizer knows token "
                                    + id
                                    + ", but the embedding has "
                                    + source.model().vocabulary()
                                    + " rows",
                            "use the tokenizer.json that belongs to these weights");
                }
            }
            return Arrays.copyOf(ids, Math.min(ids.length, depth.tokens()));
        }
    }

    private static String text() {
        try (InputStream in = Objects.requireNonNull(Prompts.class.getResourceAsStream(RESOURCE))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
