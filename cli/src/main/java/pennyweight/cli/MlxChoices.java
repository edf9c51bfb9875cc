package pennyweight.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxOverride;
import pennyweight.converter.plan.MlxRecipe;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.formats.ByteSize;
import pennyweight.formats.Refusal;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.quantizer.encoding.Plain;
import picocli.CommandLine.Option;

/** The options of {@code convert} that decide MLX folders: those of mlx_lm.convert, and more. */
final class MlxChoices {
    private static final List<String> DTYPES = List.of("float16", "bfloat16", "float32");

    @Option(
            names = "--mlx-mode",
            defaultValue = "affine",
            paramLabel = "MODE",
            description = {
                "MLX's mode: affine, mxfp4, mxfp8, nvfp4; the last three decide bits and group",
                "(default: ${DEFAULT-VALUE})."
            })
    private String mode = "affine";

    @Option(
            names = "--mlx-group",
            paramLabel = "N",
            description = "Weights in an MLX group of mode affine: 32, 64, 128 (default: 64).")
    private Optional<Integer> group = Optional.empty();

    @Option(
            names = "--mlx-dtype",
            paramLabel = "TYPE",
            description = {
                "Type of MLX's scales and biases, and of what is not quantized: float16, bfloat16,",
                "float32 (default: the checkpoint's)."
            })
    private Optional<String> dtype = Optional.empty();

    @Option(
            names = "--mlx-recipe",
            paramLabel = "RECIPE",
            description = {
                "MLX's mixed bits: mixed_2_6, mixed_3_4, mixed_3_6, mixed_4_6; the first number is",
                "--bits."
            })
    private Optional<String> recipe = Optional.empty();

    @Option(
            names = "--mlx-tensor",
            paramLabel = "PATTERN=BITS[:GROUP]",
            description = {
                "Bits, or none, of MLX modules in whose path the regular expression is found; the",
                "first that matches counts. May be given several times."
            })
    private List<String> tensors = List.of();

    @Option(
            names = "--shard-size",
            paramLabel = "SIZE",
            description = {
                "Split MLX into shards of at most so many bytes of tensors: 500M, 2G",
                "(default: 5 GiB)."
            })
    private Optional<String> shardSize = Optional.empty();

    @Option(names = "--text-only", description = "Leave the vision tower out of MLX.")
    private boolean textOnly;

    @Option(
            names = "--mlx-mtp",
            description = {
                "Write the multi-token prediction head into a folder of its own, mlx-mtp, which",
                "mlx-vlm loads as a draft model."
            })
    private boolean mtp;

    /**
     * What was chosen.
     *
     * @param mlx whether MLX is among the formats
     * @param bits that were asked for
     * @throws Refusal of usage, of a wrong value, of an option without MLX among the formats, or of
     *     options that contradict each other
     */
    MlxRequest request(boolean mlx, List<Integer> bits) {
        GivenOptions given = new GivenOptions();
        given.note("--mlx-mode", !mode.equals("affine"));
        given.note("--mlx-group", group.isPresent());
        given.note("--mlx-dtype", dtype.isPresent());
        given.note("--mlx-recipe", recipe.isPresent());
        given.note("--mlx-tensor", !tensors.isEmpty());
        given.note("--shard-size", shardSize.isPresent());
        given.note("--text-only", textOnly);
        given.note("--mlx-mtp", mtp);
        given.check("mlx", mlx);
        MlxMode chosen =
                MlxMode.named(mode)
                        .orElseThrow(() ->
                                Choices.wrong(
                                        "--mlx-mode",
                                        mode,
                                        Arrays.stream(MlxMode.values())
                                                .map(MlxMode::label)
                                                .toList()));
        checkGroup(chosen);
        MlxRequest request = new MlxRequest(chosen, group, options(), mtp);
        if (request.options().recipe().isPresent() && chosen != MlxMode.AFFINE) {
            throw Refusal.usage(
                    "--mlx-recipe is given with --mlx-mode " + mode,
                    "drop one of the two: recipes are of mode affine");
        }
        request.decidedBits().ifPresent(decided -> checkBits(decided, bits));
        return request;
    }

    private void checkGroup(MlxMode chosen) {
        if (group.isEmpty() || chosen.groupSizes().contains(group.get())) {
            return;
        }
        if (chosen == MlxMode.AFFINE) {
            throw Choices.wrong("--mlx-group", group.get().toString(), chosen.groupSizes());
        }
        throw Refusal.usage(
                "--mlx-group is " + group.get() + " with --mlx-mode " + mode,
                "drop it: the mode's groups are of " + chosen.usual().groupSize());
    }

    private void checkBits(int decided, List<Integer> bits) {
        for (int b : bits) {
            if (b != decided) {
                String option = recipe.map(r -> "--mlx-recipe " + r).orElse("--mlx-mode " + mode);
                throw Refusal.usage(
                        "--bits " + b + " is given with " + option, "drop it, or give " + decided);
            }
        }
    }

    private MlxOptions options() {
        return new MlxOptions(
                dtype.map(MlxChoices::dtype),
                recipe.map(MlxChoices::recipe),
                tensors.stream().map(t -> MlxOverride.parse("--mlx-tensor", t)).toList(),
                textOnly,
                shardSize
                        .map(size -> ByteSize.parse(size.toUpperCase(Locale.ROOT)))
                        .orElse(MlxOptions.USUAL_SHARD_BYTES));
    }

    private static Plain.Type dtype(String name) {
        return MlxOptions.dtype(name).orElseThrow(() -> Choices.wrong("--mlx-dtype", name, DTYPES));
    }

    private static MlxRecipe recipe(String name) {
        return MlxRecipe.named(name)
                .orElseThrow(() ->
                        Choices.wrong(
                                "--mlx-recipe",
                                name,
                                Arrays.stream(MlxRecipe.values()).map(MlxRecipe::label).toList()));
    }
}
