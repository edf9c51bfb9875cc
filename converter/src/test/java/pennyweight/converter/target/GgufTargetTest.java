package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.GgufOptions;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TypeOverride;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufType;
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
            String model, String record, @TempDir Path folder) {
        try (GgufFile written = write(model, record, folder)) {
            assertEqualsRecord(Recorded.gguf(model, record), written);
        }
    }

    private static void assertEqualsRecord(JsonNode recorded, GgufFile written) {
        long data = written.tensors().getFirst().offset();
        List<String> names = new ArrayList<>();
        recorded.path("tensors").forEach(t -> names.add(t.path("name").asString()));
        assertEquals(names, written.tensors().stream().map(GgufTensor::name).toList());
        for (int i = 0; i < names.size(); i++) {
            GgufTensor t = written.tensors().get(i);
            JsonNode expected = recorded.path("tensors").path(i);
            assertEquals(expected.path("type").asString(), t.type().name(), t.name());
            assertEquals(expected.path("offset").asLong(), t.offset() - data, t.name());
            if (!t.name().endsWith("ssm_a")) {
                assertEquals(
                        expected.path("sha256").asString(),
                        GgufWritten.sha256(written, t),
                        t.name());
            }
        }
        // One key of ours comes at the end; everything before it is the reference's.
        List<String> keys = new ArrayList<>(recorded.path("kv").propertyNames());
        keys.add(PlanParts.SETTINGS_KEY);
        assertEquals(keys, List.copyOf(written.metadata().values().keySet()));
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

    /** Files that llama-quantize wrote with options of its own. */
    static Stream<Arguments> options() {
        Optional<GgufType> no = Optional.empty();
        return Stream.of(
                Arguments.of("pure-Q4_K_M", options(true, no, no, List.of())),
                Arguments.of(
                        "tensor-type-Q4_K_M",
                        options(
                                false,
                                no,
                                no,
                                List.of(
                                        TypeOverride.parse("", "attn_v=Q8_0"),
                                        TypeOverride.parse("", "blk\\.[02]\\.FFN_down=q5_1")))),
                Arguments.of(
                        "output-type-Q4_K_M",
                        options(false, no, Optional.of(GgufType.Q8_0), List.of())),
                Arguments.of(
                        "embedding-and-output-type-Q3_K_M",
                        options(
                                false,
                                Optional.of(GgufType.Q4_0),
                                Optional.of(GgufType.Q5_K),
                                List.of())),
                Arguments.of(
                        "embedding-type-F16",
                        options(false, Optional.of(GgufType.Q8_0), no, List.of())));
    }

    private static GgufOptions options(
            boolean pure,
            Optional<GgufType> embedding,
            Optional<GgufType> output,
            List<TypeOverride> overrides) {
        return new GgufOptions(pure, embedding, output, overrides, true, 0, Optional.empty());
    }

    @ParameterizedTest
    @MethodSource("options")
    void optionsDoWhatTheyDoInLlamaQuantize(
            String record, GgufOptions options, @TempDir Path folder) {
        GgufFileType type = GgufFileType.named(record.replaceAll(".*-", "")).orElseThrow();
        try (GgufFile written =
                GgufWritten.open(
                        Recorded.folder("tiny-qwen35"),
                        new TargetSettings.Gguf(type, options),
                        "tiny-qwen35",
                        folder)) {
            assertEqualsRecord(Recorded.json("tiny-qwen35/gguf-options/" + record), written);
        }
    }

    private static GgufFile write(String model, String record, Path folder) {
        TargetSettings settings =
                new TargetSettings.Gguf(
                        Recorded.fileType(record), Recorded.ggufOptions(model, record));
        return GgufWritten.open(Recorded.folder(model), settings, model, folder);
    }
}
