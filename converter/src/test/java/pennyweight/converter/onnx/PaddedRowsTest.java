package pennyweight.converter.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.Conversion;
import pennyweight.converter.RandomCheckpoint;
import pennyweight.converter.Recorded;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.plan.GgufRequest;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.Request;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.OpenedFile;
import pennyweight.converter.target.Planner;
import pennyweight.converter.target.Targets;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.work.Progress;
import pennyweight.formats.onnx.OnnxReader;

/** Rows whose last block is padded: ONNX Runtime must not compute with what pads them. */
final class PaddedRowsTest {
    @ParameterizedTest
    @CsvSource({"4,true", "8,true", "4,false"})
    void onnxRuntimeReadsTheRowsThatWeWrite(int bits, boolean tied, @TempDir Path folder)
            throws OrtException {
        Path model =
                new RandomCheckpoint(Recorded.folder("tiny-qwen35"))
                        .text("hidden_size", 320)
                        .text("intermediate_size", 576)
                        .text("linear_num_key_heads", 2)
                        .text("linear_num_value_heads", 6)
                        .text("linear_key_head_dim", 32)
                        .text("linear_value_head_dim", 32)
                        .tied(tied)
                        .write(folder.resolve("model"), 3);
        long[] ids = {5, 1200, 17, 3, 801, 2047, 64, 9};
        try (Checkpoint source = Checkpoint.open(model)) {
            Request request =
                    new Request(
                            Set.of("onnx"),
                            List.of(bits),
                            GgufRequest.DEFAULT,
                            MlxRequest.DEFAULT,
                            128,
                            0,
                            Optional.of(folder.resolve("out")),
                            Optional.empty());
            var plans = Planner.plan(source, request);
            new Conversion(source, plans, Depth.NONE, 2, false, Progress.SILENT).run();
            TargetPlan plan = plans.getFirst().targets().getFirst();
            Path graph = folder.resolve("out").resolve(plan.main());
            try (OpenedFile file = Targets.of(plan.settings()).open(graph);
                    LanguageModel ours = file.languageModel(2).orElseThrow();
                    Runtime runtime = new Runtime(graph, states(graph))) {
                assertEquals(320, file.tensor(Role.text(Part.EMBEDDING)).columns());
                assertEquals(320, file.tensor(new Role(Scope.TEXT, 0, Part.MLP_UP)).columns());
                float[] expected =
                        ours.begin()
                                .prefill(Arrays.stream(ids).mapToInt(i -> (int) i).toArray())
                                .all();
                float[] found = runtime.run(ids);
                double divergence = Compare.divergence(expected, found, 2048);
                assertTrue(divergence <= 1e-8, "KL divergence " + divergence);
                assertTrue(Compare.maxError(expected, found) <= 1e-3);
            }
        }
    }

    private static List<String[]> states(Path graph) {
        List<String[]> states = new ArrayList<>();
        OnnxReader.read(graph).graph().inputs().stream()
                .map(i -> i.name())
                .filter(name -> name.startsWith("past_"))
                .forEach(name ->
                        states.add(
                                new String[] {
                                    name,
                                    name.replace("past_key_values.", "present.")
                                            .replace("past_", "present_")
                                }));
        return states;
    }
}
