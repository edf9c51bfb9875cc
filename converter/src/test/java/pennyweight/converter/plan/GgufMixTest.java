package pennyweight.converter.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.dialect.GgufDialect;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;

class GgufMixTest {
    /** Every record of every model that is a text model's file. */
    static Stream<Arguments> records() {
        return Recorded.MODELS.stream()
                .flatMap(model ->
                        Recorded.ggufRecords(model).stream()
                                .map(record -> Arguments.of(model, record)));
    }

    @ParameterizedTest
    @MethodSource("records")
    void typesAndOrderAreLlamaCpps(String model, String record) {
        JsonNode digest = Recorded.gguf(model, record);
        Qwen35 qwen = Recorded.model(model);
        if (record.startsWith("no-mtp")) {
            qwen = qwen.withoutMtp();
        }
        List<GgufMix.Choice> choices =
                GgufMix.choose(
                        Recorded.fileType(record),
                        Recorded.ggufOptions(model, record),
                        sourceOrder(model, qwen),
                        qwen.heads(),
                        qwen.kvHeads(),
                        qwen.layers() + qwen.mtpLayers());
        List<String> expected = new ArrayList<>();
        for (JsonNode t : digest.path("tensors")) {
            List<Long> dimensions = new ArrayList<>();
            t.path("shape").forEach(d -> dimensions.addFirst(d.longValue()));
            expected.add(
                    t.path("name").stringValue()
                            + " "
                            + t.path("type").stringValue()
                            + " "
                            + new Shape(dimensions));
        }
        List<String> chosen =
                choices.stream()
                        .map(c -> c.tensor().name() + " " + c.type() + " " + c.tensor().shape())
                        .toList();
        assertEquals(expected, chosen);
        assertTrue(choices.stream().allMatch(c -> c.replaced().isEmpty()));
    }

    /** GGUF's tensors in the order in which the converter meets the checkpoint's. */
    private static List<GgufMix.Tensor> sourceOrder(String model, Qwen35 qwen) {
        HuggingFaceDialect source = new HuggingFaceDialect(true);
        GgufDialect target = new GgufDialect(qwen.layers());
        List<GgufMix.Tensor> tensors = new ArrayList<>();
        try (SafetensorsFolder folder = SafetensorsFolder.open(Recorded.folder(model))) {
            folder.tensors().stream()
                    .sorted(GgufMix.BY_SHARD_AND_NAME)
                    .map(TensorEntry::name)
                    .map(source::role)
                    .flatMap(Optional::stream)
                    .forEach(role ->
                            qwen.tensors().stream()
                                    .filter(spec -> spec.role().equals(role))
                                    .forEach(spec -> tensors.add(named(target, spec))));
        }
        return tensors;
    }

    private static GgufMix.Tensor named(GgufDialect target, TensorSpec spec) {
        Role role = spec.role();
        return new GgufMix.Tensor(
                target.name(role), target.conventions().shape(role, spec.shape()));
    }

    @Test
    void theOrderGivenDoesNotMatter() {
        Qwen35 qwen = Recorded.model("micro4b");
        List<GgufMix.Tensor> tensors = new ArrayList<>(sourceOrder("micro4b", qwen));
        List<GgufMix.Choice> first =
                GgufMix.choose(GgufFileType.Q4_K_M, GgufOptions.DEFAULT, tensors, 8, 2, 5);
        Collections.shuffle(tensors, new Random(5));
        assertEquals(
                first, GgufMix.choose(GgufFileType.Q4_K_M, GgufOptions.DEFAULT, tensors, 8, 2, 5));
    }

    /** Recorded by llama-quantize from files of the real 24- and 32-layer shapes. */
    @ParameterizedTest
    @MethodSource("realDepths")
    void countsLayersOfRealDepthAsLlamaQuantize(
            int layers, List<Integer> downs, List<Integer> joint, List<Integer> values) {
        List<GgufMix.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i <= layers; i++) {
            boolean full = (i + 1) % 4 == 0 || i == layers;
            String v = full ? ".attn_v.weight" : ".attn_qkv.weight";
            tensors.add(new GgufMix.Tensor("blk." + i + v, Shape.of(512, 1024)));
            tensors.add(new GgufMix.Tensor("blk." + i + ".ffn_down.weight", Shape.of(1024, 512)));
        }
        List<GgufMix.Choice> choices =
                GgufMix.choose(GgufFileType.Q4_K_M, GgufOptions.DEFAULT, tensors, 8, 2, layers + 1);
        assertEquals(downs, higher(choices, "ffn_down"));
        assertEquals(joint, higher(choices, "attn_qkv"));
        assertEquals(values, higher(choices, "attn_v"));
    }

    static Stream<Arguments> realDepths() {
        return Stream.of(
                Arguments.of(
                        24,
                        List.of(0, 1, 2, 5, 8, 11, 14, 17, 20, 21, 22, 23, 24),
                        List.of(0, 1, 2, 5, 8, 14, 17, 20, 21, 22),
                        List.of(11, 23, 24)),
                Arguments.of(
                        32,
                        List.of(0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31, 32),
                        List.of(0, 1, 2, 6, 9, 12, 18, 21, 24, 28, 29, 30),
                        List.of(3, 15, 27, 31, 32)));
    }

    private static List<Integer> higher(List<GgufMix.Choice> choices, String part) {
        return choices.stream()
                .filter(c -> c.tensor().name().contains(part) && c.type() == GgufType.Q6_K)
                .map(c -> Integer.parseInt(c.tensor().name().split("\\.")[1]))
                .toList();
    }

    @Test
    void tellsWhatRowsForced() {
        int[] columns = {512, 160, 100};
        List<GgufMix.Tensor> tensors =
                IntStream.range(0, columns.length)
                        .mapToObj(i ->
                                new GgufMix.Tensor(
                                        "blk." + i + ".ffn_up.weight", Shape.of(4, columns[i])))
                        .toList();
        assertEquals(
                List.of(GgufType.Q4_K, GgufType.Q5_0, GgufType.F16),
                types(GgufFileType.Q4_K_M, tensors));
        assertEquals(
                List.of(GgufType.Q6_K, GgufType.Q8_0, GgufType.F16),
                types(GgufFileType.Q6_K, tensors));
        assertEquals(
                List.of(GgufType.Q5_K, GgufType.Q5_1, GgufType.F16),
                types(GgufFileType.Q5_K_S, tensors));
        assertEquals(
                List.of(GgufType.Q3_K, GgufType.Q4_0, GgufType.F16),
                types(GgufFileType.Q3_K_S, tensors));
        assertEquals(
                List.of(GgufType.IQ4_XS, GgufType.IQ4_NL, GgufType.F16),
                types(GgufFileType.IQ4_XS, tensors));
        assertEquals(
                List.of(GgufType.Q4_0, GgufType.Q4_0, GgufType.F16),
                types(GgufFileType.Q4_0, tensors));
        assertEquals(
                List.of(Optional.empty(), Optional.of(GgufType.Q4_K), Optional.of(GgufType.Q4_K)),
                GgufMix.choose(GgufFileType.Q4_K_M, GgufOptions.DEFAULT, tensors, 4, 4, 40).stream()
                        .map(GgufMix.Choice::replaced)
                        .toList());
    }

    @Test
    void aTiedEmbeddingOfAwkwardRowsIsQ8() {
        List<GgufMix.Tensor> tensors =
                List.of(new GgufMix.Tensor("token_embd.weight", Shape.of(64, 160)));
        assertEquals(List.of(GgufType.Q8_0), types(GgufFileType.Q4_K_M, tensors));
        List<GgufMix.Choice> q4 =
                GgufMix.choose(GgufFileType.Q4_0, GgufOptions.DEFAULT, tensors, 4, 4, 1);
        assertEquals(GgufType.Q8_0, q4.getFirst().type());
        assertEquals(Optional.of(GgufType.Q6_K), q4.getFirst().replaced());
    }

    private static List<GgufType> types(GgufFileType fileType, List<GgufMix.Tensor> tensors) {
        return GgufMix.choose(fileType, GgufOptions.DEFAULT, tensors, 4, 4, 40).stream()
                .map(GgufMix.Choice::type)
                .toList();
    }

    @Test
    void sortsShardsThenNames() {
        List<TensorEntry> entries =
                Stream.of("2/b", "1/c", "2/a", "1/d")
                        .map(s -> s.split("/"))
                        .map(s ->
                                new TensorEntry(
                                        s[1],
                                        pennyweight.formats.DType.F32,
                                        Shape.of(1),
                                        Path.of(s[0]),
                                        0,
                                        4))
                        .sorted(GgufMix.BY_SHARD_AND_NAME)
                        .toList();
        assertEquals(List.of("c", "d", "a", "b"), entries.stream().map(TensorEntry::name).toList());
    }
}
