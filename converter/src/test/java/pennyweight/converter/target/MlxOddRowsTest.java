package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.GenerateCheckpoint;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxRecipe;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.formats.mlx.MlxParameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rows of 320, 576 and 640, which groups of 128 do not divide, and three value heads for each key
 * head: against digests of what mlx-lm's and mlx-vlm's converters made of the same checkpoint.
 */
final class MlxOddRowsTest {
    private static final JsonNode RECORDS = Recorded.json("odd/mlx");

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
    void bytesAreThoseOfTheReference(String record) {
        JsonNode expected = RECORDS.path(record);
        MlxWritten written =
                MlxWritten.of(folder.resolve("odd"), settings(record), folder.resolve(record));
        StringBuilder all = new StringBuilder();
        List<String> kept = new ArrayList<>();
        Map<String, MlxWritten.Digest> tensors = new TreeMap<>(written.tensors());
        tensors.forEach((name, t) -> {
            all.append(name + " " + t.dtype() + " ")
                    .append(t.shape().toString().replace(" ", ""))
                    .append(" " + t.sha256() + "\n");
            if (name.startsWith("language_model.")
                    && name.endsWith(".weight")
                    && t.shape().size() == 2
                    && !t.dtype().equals("U32")) {
                kept.add(name);
            }
        });
        assertEquals(expected.path("kept"), JsonMapper.shared().valueToTree(kept));
        assertEquals(expected.path("tensors").intValue(), tensors.size());
        assertEquals(
                expected.path("sha256").stringValue(),
                GgufWritten.sha256(all.toString().getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                complete(expected.path("quantization")),
                complete(
                        JsonFile.readObject(written.folder().resolve("config.json"))
                                .path("quantization")));
    }

    /** mlx-vlm leaves a module's mode out where it is affine; ours always says it. */
    private static JsonNode complete(JsonNode block) {
        ObjectNode copy = block.deepCopy().asObject();
        for (JsonNode entry : copy) {
            if (entry instanceof ObjectNode module && !module.has("mode")) {
                module.put("mode", "affine");
            }
        }
        return copy;
    }

    /** {@code lm-4bit-g64}, {@code vlm-mxfp4}, {@code lm-mixed_4_6-g64}. */
    private static TargetSettings settings(String record) {
        String[] words = record.split("-", -1);
        boolean textOnly = words[0].equals("lm");
        Optional<MlxRecipe> recipe = MlxRecipe.named(words[1]);
        MlxOptions usual = MlxOptions.DEFAULT;
        MlxOptions options =
                new MlxOptions(
                        usual.dtype(), recipe, usual.overrides(), textOnly, usual.shardBytes());
        MlxParameters common =
                words.length == 2
                        ? MlxMode.named(words[1]).orElseThrow().usual()
                        : MlxParameters.affine(
                                recipe.isPresent() ? 4 : Integer.parseInt(words[1].substring(0, 1)),
                                Integer.parseInt(words[2].substring(1)));
        return new TargetSettings.Mlx(common, options);
    }
}
