package pennyweight.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.plan.GgufRequest;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Request;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.report.OutputResult;
import pennyweight.converter.report.TargetResult;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.Planner;
import pennyweight.converter.target.Targets;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.Faithful;
import pennyweight.converter.verify.Good;
import pennyweight.converter.verify.Predictions;
import pennyweight.converter.verify.Verdict;
import pennyweight.converter.work.Folders;
import pennyweight.converter.work.Progress;

/** The whole job in process. */
final class ConversionTest {
    private static final Path TESTDATA = Path.of(System.getProperty("pennyweight.testdata"));

    private static Request request(Path out, List<Integer> bits) {
        return new Request(
                Set.copyOf(Targets.formats()),
                bits,
                GgufRequest.DEFAULT,
                MlxRequest.DEFAULT,
                32,
                4,
                Optional.of(out),
                Optional.empty());
    }

    private static List<OutputResult> convert(
            String model, Path out, List<Integer> bits, Depth depth, int jobs) {
        try (Checkpoint source = Checkpoint.open(TESTDATA.resolve(model))) {
            List<OutputPlan> plans = Planner.plan(source, request(out, bits));
            return new Conversion(source, plans, depth, jobs, false, Progress.SILENT).run();
        }
    }

    @Test
    void everyFileOfTheTrainedModelIsFaithfulAndGood(@TempDir Path folder) {
        for (OutputResult output :
                convert("tiny-qwen35", folder, List.of(4, 6, 8), Depth.FULL, 2)) {
            for (TargetResult target : output.targets()) {
                Verdict verdict = target.verdict().orElseThrow();
                String what = target.plan().main() + " " + target.plan().settings().label();
                Faithful.Judged faithful =
                        assertInstanceOf(Faithful.Judged.class, verdict.faithful());
                Good good = verdict.good();
                assertEquals(List.of(), faithful.problems(), what);
                assertEquals(List.of(), good.problems(), what);
                assertEquals(target.plan().tensors().size(), faithful.tensors(), what);
                if (target.plan().settings() instanceof TargetSettings.Mmproj) {
                    assertInstanceOf(Predictions.NotCompared.class, good.predictions(), what);
                    continue;
                }
                Predictions.Compared predictions =
                        assertInstanceOf(Predictions.Compared.class, good.predictions(), what);
                assertTrue(predictions.meanDivergence() > 0, what);
            }
        }
    }

    /** Its weights are random, so it need not be good; but its heads are of unequal numbers. */
    @Test
    void everyFileOfTheModelWithMoreValueHeadsIsFaithful(@TempDir Path folder) {
        for (OutputResult output : convert("micro4b", folder, List.of(4, 6, 8), Depth.FULL, 2)) {
            for (TargetResult target : output.targets()) {
                Faithful.Judged faithful =
                        assertInstanceOf(
                                Faithful.Judged.class, target.verdict().orElseThrow().faithful());
                assertEquals(List.of(), faithful.problems());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro4b"})
    void theBytesDoNotDependOnTheNumberOfWorkers(String model, @TempDir Path folder)
            throws Exception {
        convert(model, folder.resolve("one"), List.of(4), Depth.NONE, 1);
        convert(model, folder.resolve("three"), List.of(4), Depth.NONE, 3);
        List<Path> files = Folders.files(folder.resolve("one"));
        assertFalse(files.isEmpty());
        for (Path file : files) {
            Path other = folder.resolve("three").resolve(folder.resolve("one").relativize(file));
            assertEquals(-1, Files.mismatch(file, other), file.toString());
        }
    }

    @Test
    void noSourceTensorVanishes() {
        try (Checkpoint source = Checkpoint.open(TESTDATA.resolve("tiny-qwen35"))) {
            for (OutputPlan output :
                    Planner.plan(source, request(Path.of("nowhere"), List.of(4)))) {
                for (TargetPlan target : output.targets()) {
                    long named =
                            target.tensors().stream().map(t -> t.source()).distinct().count()
                                    + target.leftOut().stream()
                                            .map(l -> l.tensor())
                                            .distinct()
                                            .count();
                    assertEquals(source.tensors().size(), named, target.main().toString());
                }
            }
        }
    }
}
