package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;
import tools.jackson.databind.JsonNode;

/** The bytes that MLX wrote on a CPU: of the small checkpoints, and of groups of every kind. */
class MlxGoldenTest {
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, 2, 64",
        "tiny-qwen35, 3, 64",
        "tiny-qwen35, 4, 32",
        "tiny-qwen35, 4, 64",
        "tiny-qwen35, 4, 128",
        "tiny-qwen35, 5, 64",
        "tiny-qwen35, 6, 64",
        "tiny-qwen35, 8, 64",
        "micro2b, 2, 64",
        "micro2b, 3, 64",
        "micro2b, 4, 32",
        "micro2b, 4, 64",
        "micro2b, 4, 128",
        "micro2b, 5, 64",
        "micro2b, 6, 64",
        "micro2b, 8, 64",
        "micro4b, 2, 64",
        "micro4b, 3, 64",
        "micro4b, 4, 32",
        "micro4b, 4, 64",
        "micro4b, 4, 128",
        "micro4b, 5, 64",
        "micro4b, 6, 64",
        "micro4b, 8, 64"
    })
    void affineIsThatOfTheConverter(String model, int bits, int group) {
        compare(
                model,
                "lm-" + bits + "bit-g" + group,
                new Affine(bits, group, Plain.Type.BF16),
                List.of(".weight", ".scales", ".biases"));
    }

    @ParameterizedTest
    @EnumSource
    void floatBlocksAreThoseOfTheConverter(FloatBlock.Mode mode) {
        compare(
                "tiny-qwen35",
                "lm-" + mode.name().toLowerCase(Locale.ROOT),
                new FloatBlock(mode, Plain.Type.BF16),
                List.of(".weight", ".scales"));
    }

    private static void compare(
            String model, String record, Encoding encoding, List<String> suffixes) {
        JsonNode recorded = Checkpoint.golden(model + "/mlx/" + record + ".json").path("tensors");
        Map<String, Matrix> source = Checkpoint.matrices(model);
        List<Executable> checks = new ArrayList<>();
        for (Map.Entry<String, Matrix> entry : source.entrySet()) {
            String name =
                    entry.getKey()
                            .replace("model.language_model.", "language_model.model.")
                            .replaceFirst("^lm_head", "language_model.lm_head")
                            .replaceFirst("\\.weight$", "");
            if (!recorded.has(name + ".scales")) {
                continue;
            }
            byte[][] planes = Checkpoint.encode(encoding, entry.getValue());
            for (int p = 0; p < planes.length; p++) {
                String plane = name + suffixes.get(p);
                String digest = Checkpoint.sha256(planes[p]);
                checks.add(() ->
                        assertEquals(
                                recorded.path(plane).path("sha256").asString(), digest, plane));
            }
        }
        assertTrue(checks.size() >= suffixes.size() * 32, checks.size() + " tensors compared");
        assertAll(checks);
    }

    /** Groups that no checkpoint holds, as {@code testdata/oracle/mlx_quantize.py} makes them. */
    @ParameterizedTest
    @EnumSource
    void groupsOfEveryKind(Plain.Type type) {
        JsonNode recorded = Checkpoint.golden("mlx-quantize.json").path(type.name());
        int rows = recorded.path("rows").asInt();
        int columns = recorded.path("columns").asInt();
        float[] weights = new float[rows * columns];
        type.widen(
                HexFormat.of().parseHex(recorded.path("weights").asString()),
                0,
                weights,
                0,
                weights.length);
        Matrix matrix = new Matrix(rows, columns, weights);
        List<Executable> checks = new ArrayList<>();
        for (FloatBlock.Mode mode : FloatBlock.Mode.values()) {
            Encoding encoding = new FloatBlock(mode, type);
            List<byte[]> results = new ArrayList<>(List.of(Checkpoint.encode(encoding, matrix)));
            float[] back = new float[weights.length];
            encoding.decode(results.toArray(byte[][]::new), rows, columns, back);
            ByteBuffer bytes =
                    ByteBuffer.allocate(Float.BYTES * back.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(back);
            results.add(bytes.array());
            checks.add(() -> assertDigests(recorded, encoding.label(), results));
        }
        for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
            for (int group : new int[] {32, 64, 128}) {
                byte[][] planes = Checkpoint.encode(new Affine(bits, group, type), matrix);
                checks.add(() ->
                        assertDigests(recorded, "affine-" + bits + "-" + group, List.of(planes)));
            }
        }
        assertAll(checks);
    }

    private static void assertDigests(JsonNode recorded, String name, List<byte[]> actual) {
        List<String> expected =
                recorded.path("results").path(name).valueStream().map(JsonNode::asString).toList();
        assertEquals(expected, actual.stream().map(Checkpoint::sha256).toList(), name);
    }
}
