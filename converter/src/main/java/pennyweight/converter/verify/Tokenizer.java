package pennyweight.converter.verify;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import pennyweight.formats.Refusal;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;

/** The tokenizer of a model folder, as its tokenizer.json defines it. Safe for several threads. */
public final class Tokenizer implements Closeable {
    static {
        // Read when the library's classes load: without it they would look for updates on the web.
        System.setProperty("ai.djl.offline", "true");
    }

    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Loads the tokenizer.json of {@code folder}.
     *
     * @throws Refusal where the file is missing or no tokenizer can be made of it
     */
    public static Tokenizer open(Path folder) {
        Path file = folder.resolve(ModelFolder.TOKENIZER);
        if (!Files.isRegularFile(file)) {
            throw Refusal.badInput(file, "no such file", "download it into the model's folder");
        }
        try {
            return new Tokenizer(
                    HuggingFaceTokenizer.builder()
                            .optTokenizerPath(file)
                            .optTruncation(false)
                            .optPadding(false)
                            .build());
        } catch (EngineException | LinkageError e) {
            throw Refusal.notSupported(
                    file,
                    "the library that reads it does not load here (" + reason(e) + ")",
                    "set DJL_CACHE_DIR to a folder that it may be unpacked to");
        } catch (IOException | RuntimeException e) {
            // The library throws a bare RuntimeException for whatever is wrong with a file.
            throw Refusal.badInput(
                    file, "holds no tokenizer (" + reason(e) + ")", "download it again", e);
        }
    }

    private static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return JsonFile.printable(
                root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage());
    }

    /** The ids of {@code text}, with the tokens that the tokenizer itself puts around a text. */
    public int[] encode(String text) {
        long[] ids = tokenizer.encode(text).getIds();
        int[] narrowed = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrowed[i] = Math.toIntExact(ids[i]);
        }
        return narrowed;
    }

    /** The text of {@code ids}, special tokens included. */
    public String decode(int[] ids) {
        long[] widened = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            widened[i] = ids[i];
        }
        return tokenizer.decode(widened, false);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
