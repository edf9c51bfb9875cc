package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;
import tools.jackson.databind.JsonNode;

/** The bytes that mlx_lm.convert wrote of the small checkpoints on a CPU. */
class AffineGoldenTest {
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
    void bytesAreThoseOfMlx(String model, int bits, int group) {
        Encoding encoding = new Affine(bits, group, Plain.Type.BF16);
        JsonNode recorded =
                Checkpoint.golden(model + "/mlx/lm-" + bits + "bit-g" + group + ".json")
                        .path("tensors");
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
            List<String> suffixes = List.of(".weight", ".scales", ".biases");
            for (int p = 0; p < planes.length; p++) {
                String plane = name + suffixes.get(p);
                String digest = Checkpoint.sha256(planes[p]);
                checks.add(() ->
                        assertEquals(
                                recorded.path(plane).path("sha256").asString(), digest, plane));
            }
        }
        assertTrue(checks.size() >= 3 * 32, checks.size() + " tensors compared");
        assertAll(checks);
    }
}
