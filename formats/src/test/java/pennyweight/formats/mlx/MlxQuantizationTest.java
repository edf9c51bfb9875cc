package pennyweight.formats.mlx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;
import tools.jackson.databind.json.JsonMapper;

class MlxQuantizationTest {
    private static final Path FILE = Path.of("model", "config.json");

    private static Optional<MlxQuantization> read(String config) {
        return MlxQuantization.read(FILE, JsonMapper.shared().readTree(config));
    }

    private static Optional<MlxParameters> affine(int bits, int group) {
        return Optional.of(MlxParameters.affine(bits, group));
    }

    @Test
    void readsOneSettingAndItsExceptions() {
        MlxQuantization q =
                read("""
                {"quantization": {"group_size": 32, "bits": 6,
                  "a": {"group_size": 128, "bits": 8, "mode": "affine"},
                  "b": false, "c": true, "d": {"bits": 3, "group_size": null},
                  "e": {}, "quant_method": "mlx"}}
                """)
                        .orElseThrow();
        assertEquals(MlxParameters.affine(6, 32), q.common());
        assertEquals(affine(6, 32), q.forModule("other"));
        assertEquals(affine(8, 128), q.forModule("a"));
        assertEquals(Optional.empty(), q.forModule("b"));
        assertEquals(affine(6, 32), q.forModule("c"));
        // What an entry leaves out is MLX's default, not the folder's setting.
        assertEquals(affine(3, 64), q.forModule("d"));
        assertEquals(affine(4, 64), q.forModule("e"));
        assertEquals(affine(6, 32), q.forModule("quant_method"));
    }

    /** mlx-vlm takes the paths of decoder modules with and without their prefix. */
    @Test
    void readsPathsWithoutThePrefixOfTheDecoder() {
        MlxQuantization q =
                read("""
                {"quantization": {"group_size": 64, "bits": 4,
                  "model.a": {"group_size": 64, "bits": 8}, "model.b": false,
                  "model.c": {"bits": 6}, "language_model.model.c": {"bits": 2}}}
                """)
                        .orElseThrow();
        assertEquals(affine(8, 64), q.forModule("language_model.model.a"));
        assertEquals(Optional.empty(), q.forModule("language_model.model.b"));
        assertEquals(affine(2, 64), q.forModule("language_model.model.c"));
        assertEquals(affine(4, 64), q.forModule("vision_tower.model.a"));
        assertTrue(q.demands("language_model.model.a"));
        assertFalse(q.demands("language_model.model.b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"quantization\":null}",
                "{\"quantization_config\":{\"quant_method\":\"fp8\"}}"
            })
    void findsNoBlockWhereThereIsNone(String config) {
        assertEquals(Optional.empty(), read(config));
    }

    @Test
    void takesTheCopyThatEqualsIt() {
        assertTrue(
                read("{\"quantization\":{\"bits\":4,\"group_size\":64},"
                                + "\"quantization_config\":{\"group_size\":64,\"bits\":4}}")
                        .isPresent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4|quantization is not a JSON object",
                "{\"group_size\":64}|quantization has no bits",
                "{\"bits\":4,\"group_size\":null}|quantization has no group_size",
                "{\"bits\":7,\"group_size\":64}|quantization.bits is 7, where MLX has [2, 3, 4, 5, 6, 8]",
                "{\"bits\":4.5,\"group_size\":64}|quantization.bits is 4.5, where",
                "{\"bits\":4,\"group_size\":16}|quantization.group_size is 16, where MLX has [32, 64, 128]",
                "{\"bits\":4,\"group_size\":4294967328}|quantization.group_size is 4294967328",
                "{\"bits\":4,\"group_size\":64,\"mode\":\"ternary\"}|quantization asks for mode ternary, which MLX does not have",
                "{\"bits\":4,\"group_size\":64,\"mode\":\"mxfp4\"}|quantization.group_size is 64, where MLX has [32]",
                "{\"bits\":4,\"group_size\":32,\"mode\":\"mxfp8\"}|quantization.bits is 4, where MLX has [8]",
                "{\"bits\":4,\"group_size\":64,\"a.b\":{\"bits\":9}}|quantization.a.b.bits is 9",
                "{\"bits\":4,\"group_size\":64,\"a.b\":{\"mode\":\"nvfp4\",\"group_size\":32}}|quantization.a.b.group_size is 32",
                "{\"bits\":4,\"group_size\":64,\"a.b\":8}|quantization.a.b is neither",
            })
    void refusesABlockThatIsNotSound(String block, String problem) {
        Refusal refusal =
                assertThrows(Refusal.class, () -> read("{\"quantization\":" + block + "}"));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith(FILE + ": " + problem), message);
        assertFalse(message.contains("\n"), message);
        assertEquals(Refusal.Kind.BAD_INPUT, refusal.kind());
    }

    @Test
    void refusesACopyThatDiffers() {
        String config =
                "{\"quantization\":{\"bits\":4,\"group_size\":64,\"a\":false},"
                        + "\"quantization_config\":{\"bits\":4,\"group_size\":64,\"a\":{}}}";
        String message =
                String.valueOf(assertThrows(Refusal.class, () -> read(config)).getMessage());
        assertTrue(message.contains("quantization_config differ in a"), message);
    }
}
