package pennyweight.formats.mlx;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * The {@code quantization} block of an MLX folder's config.json: one setting for all modules, and
 * entries of modules by path that differ (ml-explore/mlx-lm {@code mlx_lm/utils.py}, load_model).
 */
public final class MlxQuantization {
    private static final String BLOCK = "quantization";
    private static final String COPY = "quantization_config";
    private static final String BITS = "bits";
    private static final String GROUP_SIZE = "group_size";
    private static final String MODE = "mode";

    /** Paths may lack it: mlx-vlm takes them with and without. */
    private static final String DECODER = "language_model.";

    /** Names that loaders let stand among the modules though they are none. */
    private static final Set<String> IGNORED =
            Set.of("quant_method", "linear_class", "quantization_mode");

    private final MlxParameters common;
    private final Map<String, Optional<MlxParameters>> own;

    private MlxQuantization(MlxParameters common, Map<String, Optional<MlxParameters>> own) {
        this.common = common;
        this.own = own;
    }

    /**
     * The block of {@code config}; empty where it has none.
     *
     * @throws Refusal where the block is not of the format, or asks for what is not supported
     */
    public static Optional<MlxQuantization> read(Path configFile, JsonNode config) {
        JsonNode block = config.path(BLOCK);
        if (block.isMissingNode() || block.isNull()) {
            return Optional.empty();
        }
        if (!block.isObject()) {
            throw bad(configFile, BLOCK + " is not a JSON object");
        }
        JsonNode copy = config.path(COPY);
        // With a quant_method it is a block of transformers and none of MLX's business.
        if (copy.isObject() && !copy.has("quant_method") && !copy.equals(block)) {
            throw bad(
                    configFile, BLOCK + " and " + COPY + " differ" + firstDifference(block, copy));
        }
        for (String field : new String[] {BITS, GROUP_SIZE}) {
            if (!block.path(field).isNumber()) {
                throw bad(configFile, BLOCK + " has no " + field);
            }
        }
        MlxParameters common = parameters(configFile, BLOCK, block);
        Map<String, Optional<MlxParameters>> own = new LinkedHashMap<>();
        block.forEachEntry((path, entry) -> {
            if (!isField(path)) {
                own.put(path, module(configFile, path, entry, common));
            }
        });
        return Optional.of(new MlxQuantization(common, own));
    }

    private static boolean isField(String name) {
        return name.equals(BITS)
                || name.equals(GROUP_SIZE)
                || name.equals(MODE)
                || IGNORED.contains(name);
    }

    private static Optional<MlxParameters> module(
            Path file, String path, JsonNode entry, MlxParameters common) {
        if (entry.isBoolean()) {
            return entry.booleanValue() ? Optional.of(common) : Optional.empty();
        }
        String where = BLOCK + "." + JsonFile.printable(path);
        if (!entry.isObject()) {
            throw bad(file, where + " is neither a JSON object nor true or false");
        }
        return Optional.of(parameters(file, where, entry));
    }

    private static MlxParameters parameters(Path file, String where, JsonNode entry) {
        MlxMode mode = mode(file, where, entry.path(MODE));
        MlxParameters usual = mode.usual();
        return new MlxParameters(
                mode,
                choice(file, where + "." + BITS, entry.path(BITS), mode.bits(), usual.bits()),
                choice(
                        file,
                        where + "." + GROUP_SIZE,
                        entry.path(GROUP_SIZE),
                        mode.groupSizes(),
                        usual.groupSize()));
    }

    private static MlxMode mode(Path file, String where, JsonNode mode) {
        if (mode.isMissingNode() || mode.isNull()) {
            return MlxMode.AFFINE;
        }
        String name = mode.isString() ? mode.stringValue() : mode.toString();
        return MlxMode.named(name)
                .orElseThrow(() ->
                        Refusal.badInput(
                                file,
                                where
                                        + " asks for mode "
                                        + JsonFile.printable(name)
                                        + ", which MLX does not have",
                                "quantize the model in mode affine"));
    }

    /**
     * A field, or {@code absent} where it is left out or null: mlx-lm writes {@code "group_size":
     * null} into its mixed recipes, and MLX then takes the mode's default.
     */
    private static int choice(
            Path file, String where, JsonNode value, Collection<Integer> allowed, int absent) {
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isInt() || !allowed.contains(value.intValue())) {
            throw bad(
                    file,
                    where
                            + " is "
                            + JsonFile.printable(value.toString())
                            + ", where MLX has "
                            + new TreeSet<>(allowed));
        }
        return value.intValue();
    }

    private static String firstDifference(JsonNode a, JsonNode b) {
        Set<String> names = new TreeSet<>(a.propertyNames());
        names.addAll(b.propertyNames());
        return names.stream()
                .filter(n -> !a.path(n).equals(b.path(n)))
                .findFirst()
                .map(n -> " in " + JsonFile.printable(n))
                .orElse("");
    }

    private static Refusal bad(Path file, String problem) {
        return Refusal.badInput(file, problem, "convert the model to MLX again");
    }

    /** What holds for every module without an entry of its own. */
    public MlxParameters common() {
        return common;
    }

    /**
     * How the module at {@code path} is quantized, if it is: the block alone does not tell, a
     * module without {@code .scales} is not. Empty where the block says that it is not.
     *
     * @param path of the module, as in {@code language_model.model.layers.0.mlp.up_proj}
     */
    public Optional<MlxParameters> forModule(String path) {
        return entry(path).orElse(Optional.of(common));
    }

    /** Whether the block has an entry that says that the module at {@code path} is quantized. */
    boolean demands(String path) {
        return entry(path).orElse(Optional.empty()).isPresent();
    }

    /**
     * What the module's own entry says, if it has one, as mlx-vlm looks for it ({@code
     * mlx_vlm/utils.py}, _quantization_path_aliases).
     */
    private Optional<Optional<MlxParameters>> entry(String path) {
        return Optional.ofNullable(own.get(path))
                .or(() ->
                        path.startsWith(DECODER)
                                ? Optional.ofNullable(own.get(path.substring(DECODER.length())))
                                : Optional.empty());
    }
}
