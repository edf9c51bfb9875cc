package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.model.Scope;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.GgufOptions;
import pennyweight.converter.plan.GgufRequest;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Request;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.quantizer.encoding.Encoding;

/** What is likely before a model is known must be what its plan then has most of. */
final class PlannerTest {
    private static Request request(Set<String> formats, List<Integer> bits, GgufRequest gguf) {
        return new Request(
                formats,
                bits,
                gguf,
                MlxRequest.DEFAULT,
                32,
                4,
                Optional.of(Path.of("nowhere")),
                Optional.empty());
    }

    private static void check(Request request, int targets) {
        Set<Encoding> likely = Planner.likely(request);
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"))) {
            List<OutputPlan> outputs = Planner.plan(source, request);
            assertEquals(targets, outputs.stream().mapToInt(o -> o.targets().size()).sum());
            for (OutputPlan output : outputs) {
                for (TargetPlan plan : output.targets()) {
                    TargetTensor largest =
                            plan.tensors().stream()
                                    .filter(t -> t.role().scope() == Scope.TEXT)
                                    .max(Comparator.comparingLong(TargetTensor::bytes))
                                    .orElseThrow();
                    assertTrue(
                            likely.contains(largest.encoding()),
                            plan.settings() + " has " + largest + ", likely was " + likely);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6, 8})
    void likelyOfBits(int bits) {
        GgufRequest gguf = new GgufRequest(List.of(), GgufOptions.DEFAULT, Optional.empty());
        check(request(Set.of("gguf", "mlx", "onnx"), List.of(bits), gguf), 3);
    }

    @ParameterizedTest
    @EnumSource(GgufFileType.class)
    void likelyOfTypes(GgufFileType type) {
        GgufRequest gguf = new GgufRequest(List.of(type), GgufOptions.DEFAULT, Optional.empty());
        check(request(Set.of("gguf"), List.of(), gguf), 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void likelyOfSeveral(int other) {
        GgufRequest gguf =
                new GgufRequest(List.of(GgufFileType.Q4_0), GgufOptions.DEFAULT, Optional.empty());
        check(request(Set.of("gguf", "onnx"), List.of(4, other), gguf), other == 4 ? 4 : 3);
    }
}
