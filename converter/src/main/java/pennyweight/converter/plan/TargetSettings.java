package pennyweight.converter.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.formats.mlx.MlxParameters;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;

/**
 * All that decides what a target makes of a checkpoint. Our own files carry it, so that the plan
 * can be made again from the file and the checkpoint.
 */
public sealed interface TargetSettings {
    /** The format's name on the command line: {@code gguf}. */
    String format();

    /** What people call the result: {@code Q4_K_M}, {@code 4-bit g64}. */
    String label();

    /** The bits a weight that were asked for; they choose the limits of the verdict. */
    int bits();

    /** The settings as JSON fields, in a fixed order. */
    Map<String, Object> fields();

    /** A GGUF file type of llama.cpp, and its options. */
    record Gguf(GgufFileType type, GgufOptions options) implements TargetSettings {
        /** Without options. */
        public Gguf(GgufFileType type) {
            this(type, GgufOptions.DEFAULT);
        }

        @Override
        public String format() {
            return "gguf";
        }

        @Override
        public String label() {
            return type.name();
        }

        @Override
        public int bits() {
            return type.bits();
        }

        @Override
        public Map<String, Object> fields() {
            Map<String, Object> fields = ordered("format", format(), "type", type.name());
            fields.putAll(options.fields());
            return fields;
        }
    }

    /**
     * The GGUF file of the vision tower.
     *
     * @param type F32, F16, BF16 or Q8_0, which are those that llama.cpp's converter writes
     */
    record Mmproj(GgufFileType type) implements TargetSettings {
        /** The types to choose from. */
        public static final List<GgufFileType> TYPES =
                List.of(GgufFileType.F16, GgufFileType.BF16, GgufFileType.Q8_0, GgufFileType.F32);

        private static final String TYPE = "mmproj";

        public Mmproj {
            if (!TYPES.contains(type)) {
                throw new IllegalArgumentException("no vision tower is written as " + type);
            }
        }

        @Override
        public String format() {
            return "gguf";
        }

        @Override
        public String label() {
            return "mmproj " + type.name();
        }

        @Override
        public int bits() {
            return type.bits();
        }

        @Override
        public Map<String, Object> fields() {
            return ordered("format", format(), TYPE, type.name());
        }

        private static Optional<TargetSettings> parse(JsonNode json) {
            return GgufFileType.named(json.path(TYPE).asString(""))
                    .filter(TYPES::contains)
                    .map(Mmproj::new);
        }
    }

    /**
     * An MLX folder.
     *
     * @param common how matrices are quantized that neither recipe nor override speaks of
     */
    record Mlx(MlxParameters common, MlxOptions options) implements TargetSettings {
        private static final String MODE = "mode";

        /** Mode affine, without options. */
        public Mlx(int bits, int group) {
            this(MlxParameters.affine(bits, group), MlxOptions.DEFAULT);
        }

        public Mlx {
            if (options.recipe().isPresent() && common.mode() != MlxMode.AFFINE) {
                throw new IllegalArgumentException("a recipe is of mode affine");
            }
        }

        @Override
        public String format() {
            return "mlx";
        }

        @Override
        public String label() {
            if (common.mode() != MlxMode.AFFINE) {
                return common.mode().label();
            }
            return options.recipe().map(MlxRecipe::label).orElse(common.bits() + "-bit")
                    + " g"
                    + common.groupSize();
        }

        @Override
        public int bits() {
            return options.recipe().map(MlxRecipe::low).orElseGet(() -> precision(common));
        }

        @Override
        public Map<String, Object> fields() {
            Map<String, Object> fields = ordered("format", format());
            if (common.mode() != MlxMode.AFFINE) {
                fields.put(MODE, common.mode().label());
            }
            fields.put("bits", common.bits());
            fields.put("group", common.groupSize());
            fields.putAll(options.fields());
            return fields;
        }

        private static Optional<Mlx> parse(JsonNode json) {
            Optional<MlxMode> mode =
                    MlxMode.named(json.path(MODE).asString(MlxMode.AFFINE.label()));
            int bits = json.path("bits").asInt(0);
            int group = json.path("group").asInt(0);
            Optional<MlxOptions> options = MlxOptions.parse(json);
            if (mode.isEmpty()
                    || options.isEmpty()
                    || !mode.get().bits().contains(bits)
                    || !mode.get().groupSizes().contains(group)
                    || (options.get().recipe().isPresent() && mode.get() != MlxMode.AFFINE)) {
                return Optional.empty();
            }
            return Optional.of(new Mlx(new MlxParameters(mode.get(), bits, group), options.get()));
        }
    }

    /**
     * The MLX folder of the multi-token prediction head.
     *
     * @param common how its matrices are quantized
     */
    record MlxMtp(MlxParameters common) implements TargetSettings {
        private static final String MTP = "mtp";

        @Override
        public String format() {
            return "mlx";
        }

        @Override
        public String label() {
            return "mtp " + new Mlx(common, MlxOptions.DEFAULT).label();
        }

        @Override
        public int bits() {
            return precision(common);
        }

        @Override
        public Map<String, Object> fields() {
            Map<String, Object> fields = new Mlx(common, MlxOptions.DEFAULT).fields();
            fields.put(MTP, true);
            return fields;
        }
    }

    /**
     * ONNX with {@code MatMulNBits}.
     *
     * @param accuracy the operator's {@code accuracy_level}: 0 computes in float32, 4 rounds
     *     activations to 8 bits
     */
    record Onnx(int bits, int block, int accuracy) implements TargetSettings {
        @Override
        public String format() {
            return "onnx";
        }

        @Override
        public String label() {
            return bits + "-bit b" + block;
        }

        @Override
        public Map<String, Object> fields() {
            return ordered("format", format(), "bits", bits, "block", block, "accuracy", accuracy);
        }
    }

    /** The bits of whole numbers that are as fine as the codes of a mode. */
    private static int precision(MlxParameters parameters) {
        return MlxEncodings.of(parameters, Plain.Type.F32).precision();
    }

    /** Reads what {@link #fields} wrote; nothing where it is something else. */
    static Optional<TargetSettings> parse(JsonNode json) {
        if (json.has(Mmproj.TYPE)) {
            return Mmproj.parse(json);
        }
        return switch (json.path("format").asString("")) {
            case "gguf" ->
                    GgufFileType.named(json.path("type").asString(""))
                            .map(type -> new Gguf(type, GgufOptions.parse(json)));
            case "mlx" ->
                    Mlx.parse(json)
                            .map(mlx -> json.has(MlxMtp.MTP) ? new MlxMtp(mlx.common()) : mlx);
            case "onnx" ->
                    Optional.of(
                            new Onnx(
                                    json.path("bits").asInt(0),
                                    json.path("block").asInt(0),
                                    json.path("accuracy").asInt(-1)));
            default -> Optional.empty();
        };
    }

    private static Map<String, Object> ordered(Object... pairs) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.put((String) pairs[i], pairs[i + 1]);
        }
        return fields;
    }
}
