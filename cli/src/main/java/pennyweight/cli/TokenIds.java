package pennyweight.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Token ids of the command line: written out, or in a JSON file. */
final class TokenIds {
    private static final Pattern WRITTEN_OUT = Pattern.compile("\\d+(\\s*,\\s*\\d+)*");
    private static final long MOST_BYTES = 64L << 20;

    private TokenIds() {}

    /**
     * Reads ids.
     *
     * @param argument {@code 1,2,3}, or the path of a file with {@code [1, 2, 3]}
     * @param vocabulary every id must be below it
     */
    static int[] parse(String argument, long vocabulary) {
        boolean inline = WRITTEN_OUT.matcher(argument.strip()).matches();
        Path file = Path.of(inline ? "--tokens" : argument);
        JsonNode json = inline ? tree(file, "[" + argument + "]") : tree(file, read(file));
        if (!json.isArray() || json.isEmpty()) {
            throw bad(file, "holds no JSON array of token ids");
        }
        int[] ids = new int[json.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = json.path(i);
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
                throw bad(
                        file,
                        "token "
                                + i
                                + " is "
                                + id
                                + ", where an id from 0 to "
                                + (vocabulary - 1)
                                + " is wanted");
            }
            ids[i] = id.intValue();
        }
        return ids;
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw bad(file, "is longer than " + MOST_BYTES + " bytes");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw Refusal.badInput(
                    file, "no such file", "check the path, or give the ids as in 1,2,3", e);
        } catch (IOException e) {
            throw Refusal.badInput(
                    file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }

    private static JsonNode tree(Path file, String text) {
        try {
            return Json.read(text);
        } catch (JacksonException e) {
            throw Refusal.badInput(
                    file, "is no JSON", "give a file that holds an array as in [1, 2, 3]", e);
        }
    }

    private static Refusal bad(Path file, String problem) {
        return Refusal.badInput(file, problem, "give an array as in [1, 2, 3]");
    }
}
