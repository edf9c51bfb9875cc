package pennyweight.formats.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import pennyweight.formats.Refusal;

/** The files directly in a folder, by the ending of their name. */
final class FolderListing {
    private FolderListing() {}

    /** Files whose name ends in {@code suffix}, by name; none where the folder does not exist. */
    static List<Path> of(Path folder, String suffix) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> String.valueOf(f.getFileName()).endsWith(suffix))
                    .filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(f -> String.valueOf(f.getFileName())))
                    .toList();
        } catch (IOException e) {
            throw Refusal.badInput(
                    folder, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }
}
