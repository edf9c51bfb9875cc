package pennyweight.formats.mlx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MlxModulesTest {
    private static final Path CONFIG = Path.of("model", "config.json");
    private static final Path WEIGHTS = Path.of("model", "model.safetensors");

    private static Map<String, MlxParameters> quantized(String config, List<TensorEntry> tensors) {
        JsonNode node = JsonMapper.shared().readTree(config);
        return MlxModules.quantized(CONFIG, MlxQuantization.read(CONFIG, node), tensors);
    }

    /** Tensors parted by commas, as in {@code X.weight U32 4 32}. */
    private static List<TensorEntry> tensors(String spec) {
        List<TensorEntry> tensors = new ArrayList<>();
        for (String one : spec.split(", ")) {
            String[] words = one.split(" ");
            long[] dims = Arrays.stream(words).skip(2).mapToLong(Long::parseLong).toArray();
            tensors.add(entry(words[0], words[1], dims));
        }
        return tensors;
    }

    private static TensorEntry entry(String name, String dtype, long... dims) {
        DType d = DType.named(dtype).orElseThrow();
        Shape shape = Shape.of(dims);
        return new TensorEntry(name, d, shape, WEIGHTS, 0, shape.elements() * d.bytes());
    }

    @Test
    void findsTheQuantizedModules() {
        assertEquals(
                Map.of("a", MlxParameters.affine(4, 64), "b", MlxParameters.affine(3, 32)),
                quantized(
                        "{\"quantization\":{\"bits\":4,\"group_size\":64,"
                                + "\"b\":{\"bits\":3,\"group_size\":32},\"c\":false}}",
                        tensors(
                                "norm.weight BF16 256, a.weight U32 4 32, a.scales BF16 4 4,"
                                        + " a.biases BF16 4 4, b.weight U32 2 5 24, b.scales F16 2 5 8,"
                                        + " b.biases F16 2 5 8, c.weight BF16 4 256, c.bias F32 4")));
    }

    @Test
    void findsModulesOfTheFloatingPointModes() {
        assertEquals(
                Map.of(
                        "a",
                        new MlxParameters(MlxMode.MXFP4, 4, 32),
                        "b",
                        new MlxParameters(MlxMode.NVFP4, 4, 16),
                        "c",
                        new MlxParameters(MlxMode.MXFP8, 8, 32),
                        "d",
                        MlxParameters.affine(8, 64)),
                quantized(
                        """
                        {"quantization":{"bits":4,"group_size":32,"mode":"mxfp4",
                          "b":{"mode":"nvfp4"}, "c":{"mode":"mxfp8","bits":8,"group_size":null},
                          "d":{"bits":8}}}\
                        """,
                        tensors(
                                "a.weight U32 4 32, a.scales U8 4 8, b.weight U32 4 32,"
                                        + " b.scales U8 4 16, c.weight U32 4 64, c.scales U8 4 8,"
                                        + " d.weight U32 4 64, d.scales BF16 4 4, d.biases BF16 4 4")));
    }

    @Test
    void findsNothingInAFloatFolder() {
        assertEquals(Map.of(), quantized("{}", tensors("a.weight BF16 4 256")));
    }

    /** Folders that mlx-lm and mlx-vlm wrote, by the record of their configs and tensors. */
    @ParameterizedTest
    @CsvSource({
        "lm-2bit-g64, 2, 64",
        "lm-3bit-g64, 3, 64",
        "lm-4bit-g32, 4, 32",
        "lm-4bit-g128, 4, 128",
        "lm-5bit-g64, 5, 64",
        "lm-mixed_3_6, 6, 64",
        "vlm-6bit-g64, 6, 64",
        "vlm-8bit-g64, 8, 64",
    })
    void agreesWithRealFolders(String name, int bits, int group) {
        Map<String, MlxParameters> modules = recorded(name);
        // Three delta layers of 8 matrices, one attention layer of 7, and the embedding.
        assertEquals(3 * 8 + 7 + 1, modules.size());
        assertEquals(
                MlxParameters.affine(bits, group),
                modules.get("language_model.model.layers.3.self_attn.v_proj"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AFFINE")
    void agreesWithRealFoldersOfTheFloatingPointModes(MlxMode mode) {
        Map<String, MlxParameters> modules = recorded("lm-" + mode.label());
        assertEquals(3 * 8 + 7 + 1, modules.size());
        assertEquals(Set.of(mode.usual()), Set.copyOf(modules.values()));
    }

    private static Map<String, MlxParameters> recorded(String name) {
        Path record =
                Path.of(
                        System.getProperty("pennyweight.testdata"),
                        "golden/tiny-qwen35/mlx/" + name + ".json");
        JsonNode digest = JsonFile.readObject(record);
        List<TensorEntry> tensors = new ArrayList<>();
        digest.path("tensors")
                .forEachEntry((tensor, facts) ->
                        tensors.add(
                                entry(
                                        tensor,
                                        facts.path("dtype").asString(),
                                        facts.path("shape")
                                                .valueStream()
                                                .mapToLong(JsonNode::asLong)
                                                .toArray())));
        return quantized(digest.path("files").path("config.json").toString(), tensors);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.weight U32 4 32|tensor a.weight: holds U32 codes, but has no scales",
                "a.weight U32 4 32, a.scales BF16 4 4|tensor a.weight: has scales, but no biases",
                "a.weight U32 4 32, a.biases BF16 4 4|tensor a.weight: holds U32 codes",
                "a.scales BF16 4 4|tensor a.scales: has no weight beside it",
                "a.biases BF16 4 4|tensor a.biases: has no scales beside it",
                "a.weight BF16 4 256, a.scales BF16 4 4, a.biases BF16 4 4|tensor a.weight: has scales, but holds BF16",
                "a.weight U32 4 32, a.scales U8 4 4, a.biases U8 4 4|tensor a.scales: holds U8 in place of",
                "a.weight U32 4 32, a.scales BF16 4 4, a.biases F16 4 4|tensor a.biases: holds F16, but the scales BF16",
                "a.weight U32 4 32, a.scales BF16 4 4, a.biases BF16 4 8|tensor a.biases: is [4, 8], but the scales [4, 4]",
                "a.weight U32 4 32, a.scales BF16 5 4, a.biases BF16 5 4|tensor a.scales: is [5, 4] beside a weight [4, 32]",
                "a.weight U32 128, a.scales BF16 16, a.biases BF16 16|tensor a.scales: is [16] beside a weight [128]",
                "a.weight U32 4 48, a.scales BF16 4 4, a.biases BF16 4 4|tensor a.weight: [4, 48] with scales [4, 4] is not of 4 bits in groups of 64",
                "x.weight U32 4 25, x.scales BF16 4 4, x.biases BF16 4 4|tensor x.weight: [4, 25] with scales [4, 4] is not of 3 bits in groups of 64",
                "x.weight BF16 4 256|tensor x.weight: has no scales, but config.json says that it is quantized",
                "m.weight U32 4 32, m.scales U8 4 8, m.biases U8 4 8|tensor m.biases: is there, but mode mxfp4 has no biases",
                "m.weight U32 4 32, m.scales BF16 4 8|tensor m.scales: holds BF16 in place of U8, the scales of mxfp4",
                "m.weight U32 4 32, m.scales U8 4 16|tensor m.weight: [4, 32] with scales [4, 16] is not of 4 bits in groups of 32, which config.json asks for",
                "a.weight U32 4 32, a.scales U8 4 8|tensor a.weight: has scales, but no biases",
                "f.weight U32 4 32, f.scales BF16 4 4, f.biases BF16 4 4|tensor f.weight: has scales, but config.json says that it is not quantized",
            })
    void refusesTensorsThatContradictTheBlock(String spec, String problem) {
        assertRefused(
                "{\"quantization\":{\"bits\":4,\"group_size\":64,"
                        + "\"m\":{\"mode\":\"mxfp4\"},\"x\":{\"bits\":3,\"group_size\":64},\"f\":false}}",
                spec,
                problem);
    }

    @Test
    void doesNotSupportScalesOfWholeTensors() {
        Refusal refusal =
                assertThrows(
                        Refusal.class,
                        () ->
                                quantized(
                                        "{\"quantization\":{\"bits\":4,\"group_size\":16,\"mode\":\"nvfp4\"}}",
                                        tensors(
                                                "a.weight U32 4 32, a.scales U8 4 16, a.global_scale F32 1")));
        assertEquals(Refusal.Kind.NOT_SUPPORTED, refusal.kind());
        assertTrue(String.valueOf(refusal.getMessage()).contains("tensor a.global_scale"));
    }

    @Test
    void refusesScalesWithoutABlock() {
        assertRefused(
                "{}",
                "a.weight U32 4 32, a.scales BF16 4 4, a.biases BF16 4 4",
                "tensor a.weight: has scales, but config.json has no quantization block");
    }

    private static void assertRefused(String config, String spec, String problem) {
        Refusal refusal = assertThrows(Refusal.class, () -> quantized(config, tensors(spec)));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(WEIGHTS + ": " + problem), message);
        assertFalse(message.contains("\n"), message);
        assertEquals(Refusal.Kind.BAD_INPUT, refusal.kind());
    }
}
