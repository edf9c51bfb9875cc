package pennyweight.formats.json;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import pennyweight.formats.Refusal;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A JSON file of a model folder. Duplicate keys and trailing text are refused; NaN and Infinity are
 * read, because Python's json module writes them into configs.
 */
public final class JsonFile {
    /** The largest tokenizer.json published is some 35 MB. */
    public static final long MAX_BYTES = 256L << 20;

    private JsonFile() {}

    /**
     * The object in {@code file}.
     *
     * @throws Refusal where the file is missing, unreadable, larger than {@link #MAX_BYTES}, not
     *     JSON, or not an object
     */
    public static JsonNode readObject(Path file) {
        JsonNode root;
        try (InputStream in = Files.newInputStream(file)) {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw Refusal.badInput(
                        file,
                        "is " + size + " bytes long, too long for a JSON file of a model",
                        "check that it is the right file");
            }
            root = Json.readStrictly(in);
        } catch (NoSuchFileException e) {
            throw Refusal.badInput(file, "no such file", "check the path, or download it again", e);
        } catch (IOException e) {
            throw Refusal.badInput(
                    file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        } catch (JacksonException e) {
            throw Refusal.badInput(
                    file, "is not valid JSON (" + oneLine(e) + ")", "download it again", e);
        }
        if (!root.isObject()) {
            throw Refusal.badInput(file, "holds no JSON object", "check that it is the right file");
        }
        return root;
    }

    /** What Jackson has against a text, and where, on one line and without the text itself. */
    public static String oneLine(JacksonException e) {
        String message = e.getOriginalMessage();
        String what = message == null ? e.getClass().getSimpleName() : printable(message);
        return e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? what
                : what
                        + " at line "
                        + e.getLocation().getLineNr()
                        + ", column "
                        + e.getLocation().getColumnNr();
    }

    /** A text from a file, fit for a message: no control characters, and not endless. */
    public static String printable(String text) {
        String clipped = text.length() <= 200 ? text : text.substring(0, 200) + "...";
        return clipped.codePoints()
                .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
