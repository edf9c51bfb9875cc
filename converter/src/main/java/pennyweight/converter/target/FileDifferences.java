package pennyweight.converter.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/** How the files of a target differ from their plan, the tensors' numbers apart. */
final class FileDifferences {
    private FileDifferences() {}

    /**
     * One line a file that differs.
     *
     * @param planned the folder that the plan's paths are seen from
     * @param actual the folder that stands for it
     */
    static List<String> of(TargetPlan plan, Path planned, Path actual) {
        List<String> differences = new ArrayList<>();
        for (PlannedFile file : plan.files()) {
            Path path = actual.resolve(planned.relativize(file.path()).toString());
            difference(file, path).ifPresent(d -> differences.add(path.getFileName() + " " + d));
        }
        return differences;
    }

    private static Optional<String> difference(PlannedFile file, Path path) {
        if (!Files.isRegularFile(path)) {
            return Optional.of("is missing");
        }
        if (path.toFile().length() != file.bytes()) {
            return Optional.of(
                    "has " + path.toFile().length() + " bytes, not the planned " + file.bytes());
        }
        return switch (file) {
            case PlannedFile.Whole whole ->
                    startsWith(path, whole.content().toArray())
                            ? Optional.empty()
                            : Optional.of("is not what was planned");
            case PlannedFile.Tensors tensors ->
                    startsWith(path, tensors.head().toArray())
                            ? Optional.empty()
                            : Optional.of("has a header that is not the planned one");
            case PlannedFile.Copy copy ->
                    same(path, copy.source())
                            ? Optional.empty()
                            : Optional.of("is not the source's");
        };
    }

    private static boolean startsWith(Path file, byte[] content) {
        try (InputFile input = InputFile.open(file)) {
            return Arrays.equals(input.read(0, content.length), content);
        }
    }

    private static boolean same(Path file, Path other) {
        try {
            return Files.mismatch(file, other) < 0;
        } catch (IOException e) {
            throw Refusal.badInput(
                    file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }
}
