package pennyweight.converter.plan;

import java.util.Optional;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.formats.mlx.MlxParameters;

/**
 * What a user asks of MLX.
 *
 * @param group nothing takes the mode's default
 * @param options what else decides the folder
 * @param mtp whether the multi-token prediction head is written into a folder of its own
 */
public record MlxRequest(MlxMode mode, Optional<Integer> group, MlxOptions options, boolean mtp) {
    /** Mode affine, without options. */
    public static final MlxRequest DEFAULT =
            new MlxRequest(MlxMode.AFFINE, Optional.empty(), MlxOptions.DEFAULT, false);

    /** The bits that mode or recipe decide; nothing where there is a choice. */
    public Optional<Integer> decidedBits() {
        return mode == MlxMode.AFFINE
                ? options.recipe().map(MlxRecipe::low)
                : Optional.of(mode.usual().bits());
    }

    /**
     * The settings of the folder.
     *
     * @param bits a weight, of mode affine without a recipe
     */
    public TargetSettings.Mlx settings(int bits) {
        int group = this.group.orElse(mode.usual().groupSize());
        // The reference converters write the mode's default bits beside a recipe, where every
        // module has bits of its own.
        int common =
                mode == MlxMode.AFFINE && options.recipe().isEmpty() ? bits : mode.usual().bits();
        return new TargetSettings.Mlx(new MlxParameters(mode, common, group), options);
    }
}
