package pennyweight.converter.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.InputFile;

/** How the files of a target differ from their plan, the tensors' numbers apart. */
final class FileDifferences {
    private FileDifferences() {}

    /**
     * A line for each difference that can be named.
     *
     * @param planned the folder that the plan's paths are seen from
     * @param actual the folder that stands for it
     * @param main what stands for the plan's main file, under whatever name
     */
    static List<String> of(TargetPlan plan, Path planned, Path actual, Path main) {
        List<String> differences = new ArrayList<>();
        for (PlannedFile file : plan.files()) {
            Path path =
                    file.path().equals(plan.main())
                            ? main
                            : actual.resolve(planned.relativize(file.path()).toString());
            differences.addAll(of(file, path));
        }
        return differences;
    }

    /** How one file differs from its plan: a line for each difference that can be named. */
    static List<String> of(PlannedFile planned, Path actual) {
        return difference(planned, actual).stream()
                .map(d -> actual.getFileName() + " " + d)
                .toList();
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

    private static List<String> difference(PlannedFile file, Path path) {
        if (!Files.isRegularFile(path)) {
            return List.of("is missing");
        }
        List<String> differences = new ArrayList<>();
        if (path.toFile().length() != file.bytes()) {
            differences.add(
                    "has " + path.toFile().length() + " bytes, not the planned " + file.bytes());
        }
        switch (file) {
            case PlannedFile.Whole whole -> differences.addAll(content(path, whole.content()));
            case PlannedFile.Tensors tensors -> differences.addAll(content(path, tensors.head()));
            case PlannedFile.Copy copy -> {
                if (!same(path, copy.source())) {
                    differences.add("is not the source's");
                }
            }
        }
        return differences;
    }

    /** How the beginning of a file differs from the planned bytes. */
    private static List<String> content(Path path, Bytes planned) {
        if (startsWith(path, planned.toArray())) {
            return List.of();
        }
        List<String> named = NamedDifferences.of(path, planned.toArray());
        return named.isEmpty() ? List.of("does not begin with the planned bytes") : named;
    }

    private static boolean startsWith(Path file, byte[] content) {
        try (InputFile input = InputFile.open(file)) {
            return input.size() >= content.length
                    && Arrays.equals(input.read(0, content.length), content);
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
