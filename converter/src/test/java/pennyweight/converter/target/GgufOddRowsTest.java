package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.GenerateCheckpoint;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.GgufOptions;
import pennyweight.converter.plan.ImportanceMatrix;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import tools.jackson.databind.JsonNode;

/**
 * Rows of 320, 576 and 640, which take every fallback, and three value heads for each key head:
 * against digests of what llama.cpp's converter and llama-quantize made of the same checkpoint.
 */
final class GgufOddRowsTest {
    private static final JsonNode RECORDS = Recorded.json("odd/gguf");

    @TempDir private static Path folder = Path.of("");

    @BeforeAll
    static void generate() {
        GenerateCheckpoint.odd(Recorded.folder("tiny-qwen35")).write(folder.resolve("odd"), 1);
    }

    static Stream<String> records() {
        return RECORDS.propertyNames().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void bytesAreThoseOfLlamaCpp(String record) {
        JsonNode expected = RECORDS.path(record);
        StringBuilder all = new StringBuilder();
        try (GgufFile written =
                GgufWritten.open(
                        folder.resolve("odd"), settings(record), "odd", folder.resolve(record))) {
            for (GgufTensor t : written.tensors()) {
                // Of torch's exponential, which is not correctly rounded.
                if (!t.name().endsWith("ssm_a")) {
                    all.append(t.name() + " " + t.type() + " ")
                            .append(GgufWritten.sha256(written, t) + "\n");
                }
            }
            assertEquals(expected.path("tensors").intValue(), written.tensors().size());
        }
        assertEquals(
                expected.path("sha256").stringValue(),
                GgufWritten.sha256(all.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static TargetSettings settings(String record) {
        GgufFileType type = GgufFileType.valueOf(record.replaceAll(".*-", ""));
        if (record.startsWith("mmproj")) {
            return new TargetSettings.Mmproj(type);
        }
        return record.startsWith("imatrix")
                ? new TargetSettings.Gguf(
                        type,
                        GgufOptions.DEFAULT.with(ImportanceMatrix.read(Recorded.imatrix("odd"))))
                : new TargetSettings.Gguf(type);
    }
}
