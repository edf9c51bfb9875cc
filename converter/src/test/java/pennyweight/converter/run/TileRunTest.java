package pennyweight.converter.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.Targets;
import pennyweight.converter.work.Folders;
import pennyweight.converter.work.Progress;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

final class TileRunTest {
    private static final Path TINY =
            Path.of(System.getProperty("pennyweight.testdata"), "tiny-qwen35");

    @TempDir private Path temp = Path.of("");

    /**
     * A run that is being stopped removes the folder while another thread may still begin files.
     */
    @Test
    void aFolderThatWasRemovedIsNotMadeAgain() {
        Path removed = temp.resolve("removed");
        try (Checkpoint source = Checkpoint.open(TINY)) {
            TargetSettings settings = new TargetSettings.Mlx(4, 64);
            TargetPlan target = Targets.of(settings).plan(source, settings, "tiny");
            OutputPlan plan = new OutputPlan(removed, List.of(target));
            TileRun run = new TileRun(source, 2, Progress.SILENT);
            Refusal refusal =
                    assertThrows(
                            Refusal.class,
                            () -> run.write(List.of(new StagedOutput(plan, removed))));
            assertTrue(refusal.getMessage().contains(removed.toString()), refusal.getMessage());
        }
        assertFalse(Files.exists(removed));
    }

    /** Of files of tensors, of copies, and of others. */
    @Test
    void theDigestsAreThoseOfTheFiles() {
        Path folder = temp.resolve("whole");
        try (Checkpoint source = Checkpoint.open(TINY)) {
            List<TargetPlan> targets =
                    Stream.of(
                                    new TargetSettings.Gguf(GgufFileType.Q4_K_M),
                                    new TargetSettings.Mmproj(GgufFileType.F16),
                                    new TargetSettings.Mlx(4, 64),
                                    new TargetSettings.Onnx(4, 32, 4))
                            .map(s -> Targets.of(s).plan(source, s, "tiny"))
                            .toList();
            Files.createDirectory(folder);
            Map<Path, FileDigest> digests =
                    new TileRun(source, 2, Progress.SILENT)
                            .write(
                                    List.of(
                                            new StagedOutput(
                                                    new OutputPlan(folder, targets), folder)),
                                    found -> found);
            List<Path> files = Folders.files(folder);
            assertEquals(Set.copyOf(files), digests.keySet());
            for (Path path : files) {
                try (InputFile file = InputFile.open(path)) {
                    assertEquals(
                            new FileDigest(folder.relativize(path), file.size(), file.sha256()),
                            digests.get(path));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
