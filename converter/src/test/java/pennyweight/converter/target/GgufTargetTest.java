package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.work.Progress;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import tools.jackson.databind.JsonNode;

/** Against what llama.cpp's converter and llama-quantize wrote. */
final class GgufTargetTest {
    static Stream<Arguments> records() {
        List<Arguments> all = new ArrayList<>();
        for (String model : Recorded.MODELS) {
            for (String type : List.of("Q4_K_M", "Q6_K", "Q8_0", "Q4_0", "bf16", "f16", "f32")) {
                all.add(Arguments.of(model, type));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyTensorHasTheBytesAndThePlaceOfTheReference(
            String model, String record, @TempDir Path folder) throws Exception {
        JsonNode recorded = Recorded.gguf(model, record);
        try (GgufFile written = write(model, Recorded.fileType(record), folder)) {
            long data = written.tensors().getFirst().offset();
            List<String> names = new ArrayList<>();
            recorded.path("tensors").forEach(t -> names.add(t.path("name").asString()));
            assertEquals(names, written.tensors().stream().map(GgufTensor::name).toList());
            for (int i = 0; i < names.size(); i++) {
                GgufTensor t = written.tensors().get(i);
                JsonNode expected = recorded.path("tensors").path(i);
                assertEquals(expected.path("type").asString(), t.type().name(), t.name());
                assertEquals(expected.path("offset").asLong(), t.offset() - data, t.name());
                byte[] bytes = written.input().read(t.offset(), (int) t.bytes());
                if (t.name().endsWith("ssm_a")) {
                    continue;
                }
                assertEquals(
                        expected.path("sha256").asString(),
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)),
                        t.name());
            }
            // One key of ours comes at the end; everything before it is the reference's.
            List<String> keys = new ArrayList<>(recorded.path("kv").propertyNames());
            keys.add(PlanParts.SETTINGS_KEY);
            assertEquals(keys, List.copyOf(written.metadata().values().keySet()));
        }
    }

    /**
     * torch's exponential is not correctly rounded: its digests cannot be met, but these are the
     * numbers.
     */
    @Test
    void theDecayIsTheExponentialOfTheSource(@TempDir Path folder) throws Exception {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro2b"));
                GgufFile written = write("micro2b", GgufFileType.F32, folder)) {
            int seen = 0;
            for (var tensor : source.tensors()) {
                if (!tensor.name().endsWith("A_log")) {
                    continue;
                }
                String layer = tensor.name().replaceAll(".*layers\\.(\\d+)\\..*", "$1");
                GgufTensor decay = written.tensor("blk." + layer + ".ssm_a").orElseThrow();
                ByteBuffer bytes =
                        ByteBuffer.wrap(written.input().read(decay.offset(), (int) decay.bytes()))
                                .order(ByteOrder.LITTLE_ENDIAN);
                float[] logs = new float[source.stored(tensor).columns()];
                source.stored(tensor).read(0, 1, logs);
                for (float log : logs) {
                    assertEquals((float) -StrictMath.exp(log), bytes.getFloat());
                    seen++;
                }
            }
            assertTrue(seen > 0);
        }
    }

    private static GgufFile write(String model, GgufFileType type, Path folder) {
        try (Checkpoint source = Checkpoint.open(Recorded.folder(model))) {
            OutputPlan plan =
                    new OutputPlan(
                            folder,
                            List.of(
                                    new GgufTarget()
                                            .plan(source, new TargetSettings.Gguf(type), model)));
            new TileRun(source, 2, Progress.SILENT)
                    .write(new LinkedHashMap<>(Map.of(plan, folder)));
            return GgufFile.open(folder.resolve(plan.targets().getFirst().main()));
        }
    }
}
