package pennyweight.converter.work;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import pennyweight.formats.Refusal;

/** Looks into folders. */
public final class Folders {
    private Folders() {}

    /** All files below {@code folder}, in the order of their names. */
    public static List<Path> files(Path folder) {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(p -> !Files.isDirectory(p)).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw Refusal.badInput(
                    folder, "cannot be listed (" + e.getMessage() + ")", "check its permissions");
        }
    }
}
