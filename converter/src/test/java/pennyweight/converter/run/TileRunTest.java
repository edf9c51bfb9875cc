package pennyweight.converter.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.Targets;
import pennyweight.converter.work.Progress;
import pennyweight.formats.Refusal;

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
                            () -> run.write(new LinkedHashMap<>(Map.of(plan, removed))));
            assertTrue(refusal.getMessage().contains(removed.toString()), refusal.getMessage());
        }
        assertFalse(Files.exists(removed));
    }
}
