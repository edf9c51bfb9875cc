package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;
import tools.jackson.databind.JsonNode;

/**
 * The symmetric block types in files that llama-quantize wrote of the small checkpoints with an
 * importance matrix, and in those of its mixes that hold other types besides.
 */
class SymmetricFamilyGoldenTest {
    private static final Set<String> FAMILY =
            Set.of("Q4_0", "Q5_0", "Q8_0", "Q3_K", "Q6_K", "IQ4_NL", "IQ4_XS");

    /** The number of matrices to compare is given, so that no file passes unread. */
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, Q3_K_M, 23",
        "tiny-qwen35, Q3_K_L, 23",
        "micro2b, Q3_K_M, 23",
        "micro2b, Q3_K_L, 23",
        "micro4b, Q3_K_L, 12",
        "micro4b, IQ4_NL, 17",
        "micro4b, IQ4_XS, 17",
        "tiny-qwen35, imatrix-Q4_0, 32",
        "tiny-qwen35, imatrix-Q3_K_M, 23",
        "tiny-qwen35, imatrix-Q6_K, 32",
        "tiny-qwen35, imatrix-IQ4_NL, 32",
        "tiny-qwen35, imatrix-IQ4_XS, 32",
        "micro2b, imatrix-Q4_0, 32",
        "micro2b, imatrix-Q3_K_M, 23",
        "micro2b, imatrix-Q6_K, 32",
        "micro2b, imatrix-IQ4_NL, 32",
        "micro2b, imatrix-IQ4_XS, 32",
        "micro4b, imatrix-Q4_0, 18",
        "micro4b, imatrix-Q3_K_M, 12",
        "micro4b, imatrix-Q6_K, 18",
        "micro4b, imatrix-IQ4_NL, 17",
        "micro4b, imatrix-IQ4_XS, 17"
    })
    void bytesAreThoseOfLlamaCpp(String model, String file, int matrices) {
        Map<String, Matrix> source = Checkpoint.matrices(model);
        Map<String, float[]> importance =
                file.startsWith("imatrix") ? RecordedImportance.of(model) : Map.of();
        // Value heads move where there are more of them than key heads: not this module's concern.
        boolean headsStay = !model.equals("micro4b");
        List<Executable> checks = new ArrayList<>();
        for (JsonNode tensor :
                Checkpoint.golden(model + "/gguf/" + file + ".json").path("tensors")) {
            String name = tensor.path("name").asString();
            String type = tensor.path("type").asString();
            String sourceName = GgufBlockGoldenTest.sourceName(name);
            if (sourceName == null
                    || !FAMILY.contains(type)
                    || (!headsStay && sourceName.contains("linear_attn"))) {
                continue;
            }
            Matrix matrix = source.get(sourceName);
            if (matrix == null) {
                continue;
            }
            Encoding encoding = new GgufBlock(GgufBlock.Type.valueOf(type));
            String digest = Checkpoint.sha256(encode(encoding, matrix, importance.get(name)));
            checks.add(() ->
                    assertEquals(tensor.path("sha256").asString(), digest, name + " " + type));
        }
        assertEquals(matrices, checks.size(), "tensors compared");
        assertAll(checks);
    }

    private static byte[] encode(Encoding encoding, Matrix matrix, float @Nullable [] weights) {
        byte[][] planes = {new byte[(int) encoding.bytes(matrix.rows(), matrix.columns())]};
        encoding.encode(
                matrix.values(),
                matrix.rows(),
                matrix.columns(),
                weights == null ? Importance.NONE : Importance.of(weights),
                planes);
        return planes[0];
    }
}
