package pennyweight.converter.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.formats.Refusal;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;

/**
 * What decides an MLX folder beside the mode, the bits and the group of its matrices.
 *
 * @param dtype of all that is not quantized, and of scales and biases; the checkpoint's own where
 *     it is not given
 * @param recipe in place of the same bits for all matrices
 * @param overrides the first that matches a module's path decides, whatever the recipe says
 * @param textOnly leaves the vision tower out
 * @param shardBytes largest sum of the tensors' bytes in one shard; a larger tensor has one of its
 *     own
 */
public record MlxOptions(
        Optional<Plain.Type> dtype,
        Optional<MlxRecipe> recipe,
        List<MlxOverride> overrides,
        boolean textOnly,
        long shardBytes) {
    /** As mlx-lm has it ({@code mlx_lm/utils.py}, MAX_FILE_SIZE_GB), and mlx-vlm too. */
    public static final long USUAL_SHARD_BYTES = 5L << 30;

    /** What the reference converters do without options. */
    public static final MlxOptions DEFAULT =
            new MlxOptions(Optional.empty(), Optional.empty(), List.of(), false, USUAL_SHARD_BYTES);

    private static final String DTYPE = "dtype";
    private static final String RECIPE = "recipe";
    private static final String OVERRIDES = "tensors";
    private static final String TEXT_ONLY = "textOnly";
    private static final String SHARD_BYTES = "shardBytes";

    public MlxOptions {
        overrides = List.copyOf(overrides);
        if (shardBytes <= 0) {
            throw Refusal.usage(
                    "shards of " + shardBytes + " bytes are asked for", "give a positive size");
        }
    }

    /** The type that MLX and config.json call {@code name}. */
    public static Optional<Plain.Type> dtype(String name) {
        return switch (name) {
            case "float16" -> Optional.of(Plain.Type.F16);
            case "bfloat16" -> Optional.of(Plain.Type.BF16);
            case "float32" -> Optional.of(Plain.Type.F32);
            default -> Optional.empty();
        };
    }

    /** What MLX and config.json call a type. */
    public static String name(Plain.Type type) {
        return switch (type) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F32 -> "float32";
        };
    }

    /** As JSON fields, in a fixed order; what is left at its default is not among them. */
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        dtype.ifPresent(t -> fields.put(DTYPE, name(t)));
        recipe.ifPresent(r -> fields.put(RECIPE, r.label()));
        if (!overrides.isEmpty()) {
            fields.put(OVERRIDES, overrides.stream().map(MlxOverride::toString).toList());
        }
        if (textOnly) {
            fields.put(TEXT_ONLY, true);
        }
        if (shardBytes != USUAL_SHARD_BYTES) {
            fields.put(SHARD_BYTES, shardBytes);
        }
        return fields;
    }

    /** Reads what {@link #fields} wrote; nothing where it is something else. */
    static Optional<MlxOptions> parse(JsonNode json) {
        Optional<Plain.Type> dtype = dtype(json.path(DTYPE).asString(""));
        Optional<MlxRecipe> recipe = MlxRecipe.named(json.path(RECIPE).asString(""));
        if (dtype.isEmpty() == json.has(DTYPE) || recipe.isEmpty() == json.has(RECIPE)) {
            return Optional.empty();
        }
        List<MlxOverride> overrides = new ArrayList<>();
        for (JsonNode text : json.path(OVERRIDES)) {
            overrides.add(MlxOverride.parse(OVERRIDES, text.asString("")));
        }
        return Optional.of(
                new MlxOptions(
                        dtype,
                        recipe,
                        overrides,
                        json.path(TEXT_ONLY).asBoolean(false),
                        json.path(SHARD_BYTES).asLong(USUAL_SHARD_BYTES)));
    }
}
