package pennyweight.converter.target;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxOverride;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.formats.mlx.MlxParameters;

/**
 * How the matrices of an MLX folder's decoder are quantized, as mlx-lm decides it ({@code
 * mlx_lm/utils.py}, quantize_model): rows that the common group does not divide stay as they are,
 * then recipe and overrides speak.
 *
 * @param layers of the decoder
 * @param multimodal whether the tower is in the folder
 */
record MlxMix(TargetSettings.Mlx settings, int layers, boolean multimodal) {
    /** How a module is quantized that may be; nothing where it is not to be. */
    Optional<MlxParameters> wanted(Role role, String module) {
        return override(module)
                .map(o -> o.parameters(settings.common()))
                .orElseGet(() -> Optional.of(usual(role)));
    }

    private MlxParameters usual(Role role) {
        return options()
                .recipe()
                .map(r ->
                        MlxParameters.affine(
                                r.bits(role, layers, multimodal), settings.common().groupSize()))
                .orElse(settings.common());
    }

    private Optional<MlxOverride> override(String module) {
        return options().overrides().stream().filter(o -> o.matches(module)).findFirst();
    }

    private MlxOptions options() {
        return settings.options();
    }

    /** Whether rows of this length are quantized at all. */
    boolean takes(long columns) {
        return columns % settings.common().groupSize() == 0;
    }

    /**
     * What config.json says of modules by path, beside what holds for all: their own parameters, or
     * nothing of one that was left unquantized on request. As mlx-lm, a recipe names every module.
     *
     * @param quantized parameters of the quantized modules by path
     * @param left paths of the modules that were left unquantized on request
     */
    Map<String, Optional<MlxParameters>> entries(
            Map<String, MlxParameters> quantized, Iterable<String> left) {
        Map<String, Optional<MlxParameters>> entries = new LinkedHashMap<>();
        quantized.forEach((module, parameters) -> {
            if (options().recipe().isPresent() || !parameters.equals(settings.common())) {
                entries.put(module, Optional.of(parameters));
            }
        });
        left.forEach(module -> entries.put(module, Optional.empty()));
        return entries;
    }
}
