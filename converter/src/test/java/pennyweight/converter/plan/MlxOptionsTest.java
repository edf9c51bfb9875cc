package pennyweight.converter.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.formats.Refusal;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.formats.mlx.MlxParameters;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.json.JsonMapper;

/** What decides MLX folders. */
final class MlxOptionsTest {
    private static Optional<TargetSettings> parsed(String json) {
        return TargetSettings.parse(JsonMapper.shared().readTree(json));
    }

    private static String written(TargetSettings settings) {
        return JsonMapper.shared().writeValueAsString(settings.fields());
    }

    @Test
    void settingsAreReadAsTheyWereWritten() {
        MlxOptions all =
                new MlxOptions(
                        Optional.of(Plain.Type.F16),
                        Optional.of(MlxRecipe.MIXED_3_6),
                        List.of(
                                MlxOverride.parse("o", "a=b=8:32"),
                                MlxOverride.parse("o", "mlp\\..*=none")),
                        true,
                        500_000_000L);
        for (TargetSettings settings :
                new TargetSettings[] {
                    new TargetSettings.Mlx(5, 128),
                    new TargetSettings.Mlx(MlxParameters.affine(4, 32), all),
                    new TargetSettings.Mlx(MlxMode.NVFP4.usual(), MlxOptions.DEFAULT),
                    new TargetSettings.MlxMtp(MlxParameters.affine(6, 64)),
                    new TargetSettings.MlxMtp(MlxMode.MXFP8.usual())
                }) {
            assertEquals(Optional.of(settings), parsed(written(settings)), written(settings));
        }
        assertEquals(
                "{\"format\":\"mlx\",\"bits\":4,\"group\":64}",
                written(new TargetSettings.Mlx(4, 64)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'format':'mlx'}",
                "{'format':'mlx','bits':7,'group':64}",
                "{'format':'mlx','bits':4,'group':16}",
                "{'format':'mlx','mode':'mxfp5','bits':4,'group':32}",
                "{'format':'mlx','mode':'mxfp4','bits':4,'group':64}",
                "{'format':'mlx','mode':'mxfp4','bits':4,'group':32,'recipe':'mixed_4_6'}",
                "{'format':'mlx','bits':4,'group':64,'recipe':'mixed_1_2'}",
                "{'format':'mlx','bits':4,'group':64,'dtype':'float64'}"
            })
    void otherSettingsAreNone(String json) {
        assertEquals(Optional.empty(), parsed(json.replace('\'', '"')));
    }

    @Test
    void labelsAndBitsAreOfTheModeOrTheRecipe() {
        assertEquals("3-bit g32", new TargetSettings.Mlx(3, 32).label());
        TargetSettings mxfp8 = new TargetSettings.Mlx(MlxMode.MXFP8.usual(), MlxOptions.DEFAULT);
        assertEquals("mxfp8", mxfp8.label());
        assertEquals(6, mxfp8.bits());
        MlxOptions usual = MlxOptions.DEFAULT;
        MlxOptions recipe =
                new MlxOptions(
                        usual.dtype(),
                        Optional.of(MlxRecipe.MIXED_2_6),
                        usual.overrides(),
                        usual.textOnly(),
                        usual.shardBytes());
        TargetSettings mixed = new TargetSettings.Mlx(MlxParameters.affine(4, 64), recipe);
        assertEquals("mixed_2_6 g64", mixed.label());
        assertEquals(2, mixed.bits());
    }

    /** The layers of 24 and of 32 that mlx-lm's recipes give more bits. */
    @Test
    void recipesRaiseTheFirstAndLastLayersAndEveryThirdBetween() {
        assertEquals(List.of(0, 1, 2, 5, 8, 11, 14, 17, 20, 21, 22, 23), raised(24));
        assertEquals(List.of(0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31), raised(32));
        MlxRecipe recipe = MlxRecipe.MIXED_3_4;
        assertEquals(3, recipe.bits(Role.text(0, Part.DELTA_QKV), 24, true));
        assertEquals(3, recipe.bits(Role.text(0, Part.MLP_UP), 24, true));
        assertEquals(4, recipe.bits(Role.text(Part.HEAD), 24, false));
        assertEquals(3, recipe.bits(Role.text(Part.EMBEDDING), 24, false));
        assertEquals(4, recipe.bits(Role.text(Part.EMBEDDING), 24, true));
    }

    private static List<Integer> raised(int layers) {
        List<Integer> down =
                IntStream.range(0, layers)
                        .filter(i ->
                                MlxRecipe.MIXED_4_6.bits(Role.text(i, Part.MLP_DOWN), layers, false)
                                        == 6)
                        .boxed()
                        .toList();
        for (int i = 0; i < layers; i++) {
            int value = MlxRecipe.MIXED_4_6.bits(Role.text(i, Part.ATTN_V), layers, false);
            assertEquals(down.contains(i) ? 6 : 4, value);
        }
        return down;
    }

    @Test
    void overridesAreOfModulesInWhosePathThePatternIsFound() {
        MlxParameters common = MlxParameters.affine(4, 128);
        MlxOverride bits = MlxOverride.parse("--mlx-tensor", "layers\\.1\\..*down_proj$=8");
        assertTrue(bits.matches("language_model.model.layers.1.mlp.down_proj"));
        assertFalse(bits.matches("language_model.model.layers.11.mlp.down_proj"));
        assertEquals(Optional.of(MlxParameters.affine(8, 128)), bits.parameters(common));
        assertEquals(
                Optional.of(MlxParameters.affine(8, 64)), bits.parameters(MlxMode.NVFP4.usual()));
        MlxOverride group = MlxOverride.parse("--mlx-tensor", "v_proj=6:32");
        assertEquals(Optional.of(MlxParameters.affine(6, 32)), group.parameters(common));
        MlxOverride none = MlxOverride.parse("--mlx-tensor", "in_proj_a=float");
        assertEquals(Optional.empty(), none.parameters(common));
        assertEquals("in_proj_a=none", none.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "=8",
                "x",
                "x=",
                "x=7",
                "x=16",
                "x=8:",
                "x=8:16",
                "x=:64",
                "x=8:64:32",
                "(=8",
                "x=eight",
                "x=99999999999"
            })
    void otherOverridesAreRefused(String text) {
        Refusal refusal =
                assertThrows(Refusal.class, () -> MlxOverride.parse("--mlx-tensor", text));
        assertEquals(Refusal.Kind.USAGE, refusal.kind());
    }
}
