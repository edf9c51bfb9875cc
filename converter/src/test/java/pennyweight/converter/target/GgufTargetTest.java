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
    /** Every record of a text model's file: 32 of each model less those of mmproj and others. */
    static Stream<Arguments> records() {
        return Recorded.MODELS.stream()
                .flatMap(model ->
                        Recorded.ggufRecords(model).stream().map(r -> Arguments.of(model, r)));
    }

    @Test
    void noRecordGoesUnread() {
        assertEquals(84, records().count());
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyTensorHasTheBytesAndThePlaceOfTheReference(
            String model, String record, @TempDir Path folder) throws Exception {
        JsonNode recorded = Recorded.gguf(model, record);
        try (GgufFile written = write(model, record, folder)) {
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
                GgufFile written = write("micro2b", "f32", folder)) {
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

    private static GgufFile write(String model, String record, Path folder) {
        TargetSettings settings =
                new TargetSettings.Gguf(
                        Recorded.fileType(record), Recorded.ggufOptions(model, record));
        try (Checkpoint source = Checkpoint.open(Recorded.folder(model))) {
            OutputPlan plan =
                    new OutputPlan(folder, List.of(new GgufTarget().plan(source, settings, model)));
            new TileRun(source, 2, Progress.SILENT)
                    .write(new LinkedHashMap<>(Map.of(plan, folder)));
            return GgufFile.open(folder.resolve(plan.targets().getFirst().main()));
        }
    }
}
