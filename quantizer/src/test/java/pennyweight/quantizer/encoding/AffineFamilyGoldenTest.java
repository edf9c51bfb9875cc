package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;
import tools.jackson.databind.JsonNode;

/**
 * The types of an offset, with importance weights and without: the bytes that llama-quantize wrote
 * of the small checkpoints, and those that ggml makes of awkward numbers.
 */
class AffineFamilyGoldenTest {
    private static final Set<String> TYPES = Set.of("Q4_1", "Q5_1", "Q2_K", "Q4_K", "Q5_K");

    /** How many matrices of these types are compared, and how many have importance weights. */
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, Q2_K, 0, 22",
        "micro2b, Q2_K, 0, 22",
        "micro4b, Q2_K, 0, 12",
        "tiny-qwen35, imatrix-Q2_K, 22, 22",
        "tiny-qwen35, imatrix-Q4_K_M, 29, 29",
        "tiny-qwen35, imatrix-Q5_K_M, 29, 29",
        "micro2b, imatrix-Q2_K, 22, 22",
        "micro2b, imatrix-Q4_K_M, 29, 29",
        "micro2b, imatrix-Q5_K_M, 29, 29",
        "micro4b, imatrix-Q2_K, 11, 12",
        "micro4b, imatrix-Q4_K_M, 15, 16",
        "micro4b, imatrix-Q5_K_M, 15, 16"
    })
    void bytesAreThoseOfLlamaQuantize(String model, String file, int weighted, int matrices) {
        Map<String, Matrix> source = Checkpoint.matrices(model);
        Map<String, Importance> importance =
                file.startsWith("imatrix") ? ImportanceFile.read(model) : Map.of();
        // Value heads move where there are more of them than key heads: not this module's concern.
        boolean headsStay = !model.equals("micro4b");
        int found = 0;
        List<Executable> checks = new ArrayList<>();
        for (JsonNode tensor :
                Checkpoint.golden(model + "/gguf/" + file + ".json").path("tensors")) {
            String name = tensor.path("name").asString();
            String type = tensor.path("type").asString();
            String sourceName = GgufBlockGoldenTest.sourceName(name);
            if (sourceName == null
                    || !TYPES.contains(type)
                    || (!headsStay && sourceName.contains("linear_attn"))) {
                continue;
            }
            Matrix matrix = source.get(sourceName);
            if (matrix == null) {
                continue;
            }
            Importance columns = importance.getOrDefault(name, Importance.NONE);
            found += columns.present() ? 1 : 0;
            String digest =
                    Checkpoint.sha256(
                            encode(new GgufBlock(GgufBlock.Type.valueOf(type)), matrix, columns));
            checks.add(() ->
                    assertEquals(tensor.path("sha256").asString(), digest, name + " " + type));
        }
        assertEquals(matrices, checks.size(), "tensors compared");
        assertEquals(weighted, found, "tensors of importance");
        assertAll(checks);
    }

    /** Weights of columns: many are 0, also all of some blocks; and weights of very many sizes. */
    @ParameterizedTest
    @CsvFileSource(resources = "affine-family.csv")
    void awkwardNumbersAreGgmls(
            GgufBlock.Type type,
            Numbers numbers,
            long seed,
            String bytes,
            String decoded,
            String holes,
            String steep) {
        int rows = 5;
        int columns = 768;
        Matrix matrix = new Matrix(rows, columns, numbers.of(rows * columns, seed));
        GgufBlock encoding = new GgufBlock(type);
        byte[] plain = encode(encoding, matrix, Importance.NONE);
        assertEquals(bytes, Checkpoint.sha256(plain), "bytes");

        float[] back = new float[rows * columns];
        encoding.decode(new byte[][] {plain}, rows, columns, back);
        ByteBuffer raw =
                ByteBuffer.allocate(back.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : back) {
            raw.putInt(Float.floatToIntBits(v));
        }
        assertEquals(decoded, Checkpoint.sha256(raw.array()), "decoded");

        Importance some = Importance.of(ColumnWeights.HOLES.of(columns, seed));
        assertEquals(holes, Checkpoint.sha256(encode(encoding, matrix, some)), "holes");
        Importance all = Importance.of(ColumnWeights.STEEP.of(columns, seed));
        assertEquals(steep, Checkpoint.sha256(encode(encoding, matrix, all)), "steep");
    }

    private static byte[] encode(GgufBlock encoding, Matrix matrix, Importance importance) {
        byte[] bytes = new byte[(int) (matrix.rows() * encoding.rowBytes(0, matrix.columns()))];
        encoding.encode(
                matrix.values(), matrix.rows(), matrix.columns(), importance, new byte[][] {bytes});
        return bytes;
    }
}
