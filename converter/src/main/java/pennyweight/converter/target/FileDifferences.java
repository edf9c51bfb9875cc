package pennyweight.converter.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.InputFile;
import tools.jackson.databind.JsonNode;

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

    /** What a file's own header says of a plane. */
    record Found(String type, Shape shape, long offset) {}

    /** One line a plane that the file's header does not place as planned. */
    static List<String> planes(TargetPlan plan, Function<String, Optional<Found>> header) {
        List<String> differences = new ArrayList<>();
        for (TargetTensor tensor : plan.tensors()) {
            for (Plane plane : tensor.planes()) {
                Optional<Found> found = header.apply(plane.name());
                if (found.isEmpty()) {
                    differences.add("tensor " + plane.name() + " is missing");
                } else if (!found.get()
                        .equals(new Found(plane.type(), plane.shape(), plane.offset()))) {
                    differences.add(
                            "tensor "
                                    + plane.name()
                                    + " is not of the planned type, shape and place");
                }
            }
        }
        return differences;
    }

    /**
     * One line a value of a JSON file that is not the planned one, named by its path; at most
     * {@code most}.
     */
    static List<String> json(String file, JsonNode planned, JsonNode found, int most) {
        List<String> differences = new ArrayList<>();
        compare(file, "", planned, found, differences);
        return differences.subList(0, Math.min(most, differences.size()));
    }

    private static void compare(
            String file, String at, JsonNode planned, JsonNode found, List<String> differences) {
        if (planned.equals(found)) {
            return;
        }
        if (planned.isObject() && found.isObject()) {
            Set<String> names = new TreeSet<>(planned.propertyNames());
            names.addAll(found.propertyNames());
            for (String name : names) {
                compare(file, at + "/" + name, planned.path(name), found.path(name), differences);
            }
            return;
        }
        differences.add(
                file
                        + ": "
                        + at
                        + " is "
                        + shown(found)
                        + " where "
                        + shown(planned)
                        + " was planned");
    }

    private static String shown(JsonNode value) {
        String text = value.isMissingNode() ? "missing" : value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
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
