package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxOverride;
import pennyweight.converter.plan.MlxRecipe;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.mlx.MlxParameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What mlx-swift-lm asks of a folder, release 3.31.4 and later: it runs on Apple's machines alone.
 * The tensors are those of {@link MlxSwiftTable}; the files and fields are what its loader, its
 * configs and its processor read.
 */
final class MlxSwiftTest {
    private static final Path MODEL = Recorded.folder("tiny-qwen35");

    private static final Map<Kind, Path> WRITTEN = new EnumMap<>(Kind.class);

    @TempDir private static Path folder = Path.of("");

    /** The folders that are held to the table. */
    enum Kind {
        /** Text and vision, as by default. */
        WHOLE(6, Optional.empty(), List.of(), false, Set.of(6), 0),
        TEXT_ONLY(6, Optional.empty(), List.of(), true, Set.of(6), 0),
        RECIPE(4, Optional.of(MlxRecipe.MIXED_3_6), List.of(), false, Set.of(3, 6), 0),
        OVERRIDES(
                4,
                Optional.empty(),
                List.of("down_proj=8:32", "in_proj_[ab]=none"),
                false,
                Set.of(4, 8),
                6),
        /** Of at most 1 MB each. */
        SHARDS(4, Optional.empty(), List.of(), false, Set.of(4), 0);

        private final TargetSettings.Mlx settings;
        private final Set<Integer> widths;
        private final int kept;

        /**
         * @param widths bits of quantized matrices
         * @param kept number of matrices of the text decoder that are not quantized
         */
        Kind(
                int bits,
                Optional<MlxRecipe> recipe,
                List<String> overrides,
                boolean textOnly,
                Set<Integer> widths,
                int kept) {
            this.widths = widths;
            this.kept = kept;
            settings =
                    new TargetSettings.Mlx(
                            MlxParameters.affine(bits, 64),
                            new MlxOptions(
                                    Optional.empty(),
                                    recipe,
                                    overrides.stream()
                                            .map(o -> MlxOverride.parse("--mlx-tensor", o))
                                            .toList(),
                                    textOnly,
                                    name().equals("SHARDS")
                                            ? 1_000_000
                                            : MlxOptions.USUAL_SHARD_BYTES));
        }

        boolean textOnly() {
            return settings.options().textOnly();
        }
    }

    /** The folder of a kind, which is written once. */
    private static Path written(Kind kind) {
        return WRITTEN.computeIfAbsent(
                kind, k -> MlxWritten.of(MODEL, k.settings, folder.resolve(k.name())).folder());
    }

    @ParameterizedTest
    @EnumSource
    void everyTensorOfTheTableIsThereAndNoOther(Kind kind) {
        Path written = written(kind);
        JsonNode config = JsonFile.readObject(written.resolve("config.json"));
        List<MlxSwiftTable.Row> rows = MlxSwiftTable.of(config, kind.textOnly());
        Map<String, StoredTensor> stored = StoredTensor.of(written);
        Set<String> names = new TreeSet<>();
        Map<String, Integer> bits = new TreeMap<>();
        for (MlxSwiftTable.Row row : rows) {
            String module = row.name().replaceFirst("\\.weight$", "");
            if (row.type() == MlxSwiftTable.Type.MATRIX && stored.containsKey(module + ".scales")) {
                bits.put(module, quantized(row, module, config, stored));
                names.addAll(List.of(row.name(), module + ".scales", module + ".biases"));
            } else {
                String type = row.type() == MlxSwiftTable.Type.F32 ? "F32" : "BF16";
                assertEquals(type + row.shape(), typeAndShape(stored, row.name()), row.name());
                // A loader would quantize a module with an entry of its own, whatever is stored.
                assertFalse(config.path("quantization").path(module).isObject(), module);
                names.add(row.name());
            }
        }
        assertEquals(names, stored.keySet());
        assertEquals(kind.widths, Set.copyOf(bits.values()));
        assertEquals(
                rows.stream().filter(r -> r.type() == MlxSwiftTable.Type.MATRIX).count()
                        - kind.kept,
                bits.size());
    }

    /** Checks the three tensors of a quantized module and its settings; gives its bits. */
    private static int quantized(
            MlxSwiftTable.Row row,
            String module,
            JsonNode config,
            Map<String, StoredTensor> stored) {
        JsonNode block = config.path("quantization");
        JsonNode settings = block.has(module) ? block.path(module) : block;
        long bits = MlxSwiftTable.size(settings, "bits");
        long group = MlxSwiftTable.size(settings, "group_size");
        long out = row.shape().get(0);
        long in = row.shape().get(1);
        assertEquals(
                "U32" + List.of(out, in * bits / 32), typeAndShape(stored, row.name()), row.name());
        for (String plane : List.of(".scales", ".biases")) {
            assertEquals(
                    "BF16" + List.of(out, in / group),
                    typeAndShape(stored, module + plane),
                    module + plane);
        }
        return (int) bits;
    }

    private static String typeAndShape(Map<String, StoredTensor> stored, String name) {
        assertTrue(stored.containsKey(name), name + " is missing");
        StoredTensor tensor = stored.get(name);
        return tensor.dtype() + tensor.shape();
    }

    /** With the mark of MLX the weights are used as they are: what is one too small stays so. */
    @ParameterizedTest
    @EnumSource
    void normsAreMultipliersWithTheOneAdded(Kind kind) {
        Map<String, StoredTensor> source = StoredTensor.of(MODEL);
        int norms = 0;
        for (Map.Entry<String, StoredTensor> e : StoredTensor.of(written(kind)).entrySet()) {
            String name = e.getKey();
            if (name.startsWith("language_model.") && name.endsWith("norm.weight")) {
                String own =
                        name.replaceFirst("^language_model\\.model\\.", "model.language_model.");
                double one = name.endsWith("linear_attn.norm.weight") ? 0 : 1;
                double mean = Objects.requireNonNull(source.get(own)).mean() + one;
                assertEquals(mean, e.getValue().mean(), 0.002, name);
                norms++;
            }
        }
        assertEquals(4 * 2 + 3 + 2 + 1, norms);
    }

    /** Release 3.31.4 loads every such file of the whole tree; the index must be exact. */
    @ParameterizedTest
    @EnumSource
    void onlyTheShardsOfTheModelAreInTheTree(Kind kind) throws IOException {
        Path written = written(kind);
        Set<Path> weights;
        try (Stream<Path> tree = Files.walk(written)) {
            weights =
                    tree.filter(f -> f.toString().endsWith(".safetensors"))
                            .collect(Collectors.toSet());
        }
        Map<String, StoredTensor> stored = StoredTensor.of(written);
        assertEquals(
                weights,
                stored.values().stream().map(StoredTensor::file).collect(Collectors.toSet()));
        assertEquals(kind == Kind.SHARDS, weights.size() > 1);
        Map<String, String> shardOf = new TreeMap<>();
        stored.forEach((name, t) -> shardOf.put(name, String.valueOf(t.file().getFileName())));
        assertEquals(
                JsonMapper.shared().valueToTree(shardOf),
                JsonFile.readObject(written.resolve("model.safetensors.index.json"))
                        .path("weight_map"));
        for (Path file : weights) {
            assertEquals(written, file.getParent());
            assertTrue(
                    String.valueOf(file.getFileName())
                            .matches("model(-\\d{5}-of-\\d{5})?\\.safetensors"),
                    file.toString());
            assertEquals(
                    "mlx",
                    StoredTensor.header(file).path("__metadata__").path("format").asString(""));
        }
    }

    /** The readers' own values for missing fields are those of another model. */
    @ParameterizedTest
    @EnumSource
    void configHasEveryFieldThatIsDecoded(Kind kind) {
        Path written = written(kind);
        JsonNode source = JsonFile.readObject(MODEL.resolve("config.json"));
        JsonNode config = JsonFile.readObject(written.resolve("config.json"));
        assertEquals("qwen3_5", config.path("model_type").asString(""));
        fields(
                source.path("text_config"),
                config.path("text_config"),
                "model_type",
                "hidden_size",
                "num_hidden_layers",
                "intermediate_size",
                "num_attention_heads",
                "num_key_value_heads",
                "linear_num_value_heads",
                "linear_num_key_heads",
                "linear_key_head_dim",
                "linear_value_head_dim",
                "linear_conv_kernel_dim",
                "rms_norm_eps",
                "vocab_size",
                "max_position_embeddings",
                "tie_word_embeddings",
                "attention_bias",
                "head_dim",
                "full_attention_interval",
                "rope_parameters");
        JsonNode rope = config.path("text_config").path("rope_parameters");
        for (String field :
                List.of("mrope_section", "rope_type", "rope_theta", "partial_rotary_factor")) {
            assertTrue(rope.has(field), field);
        }
        rope.properties().forEach(e -> assertTrue(stringOrNumber(e.getValue()), e.toString()));
        assertEquals(Set.of(2024, 2022), Set.copyOf(ids(config.path("eos_token_id"))));
        assertEquals(!kind.textOnly(), config.has("vision_config"));
        if (!kind.textOnly()) {
            fields(
                    source,
                    config,
                    "image_token_id",
                    "video_token_id",
                    "vision_start_token_id",
                    "vision_end_token_id");
            fields(
                    source.path("vision_config"),
                    config.path("vision_config"),
                    "model_type",
                    "depth",
                    "hidden_size",
                    "intermediate_size",
                    "out_hidden_size",
                    "num_heads",
                    "patch_size",
                    "spatial_merge_size",
                    "temporal_patch_size",
                    "num_position_embeddings");
            assertEquals(0, config.path("vision_config").path("deepstack_visual_indexes").size());
        }
    }

    private static void fields(JsonNode source, JsonNode written, String... names) {
        for (String name : names) {
            assertTrue(source.has(name), name);
            assertEquals(source.path(name), written.path(name), name);
        }
    }

    /** What {@code StringOrNumber} decodes. */
    private static boolean stringOrNumber(JsonNode value) {
        return value.isString()
                || value.isNumber()
                || value.isBoolean()
                || (value.isArray() && value.valueStream().allMatch(JsonNode::isNumber));
    }

    /**
     * Integers without null, an object or a boolean for a module, and strings of these names only.
     */
    @ParameterizedTest
    @EnumSource
    void quantizationBlockCanBeDecoded(Kind kind) {
        Path written = written(kind);
        JsonNode config = JsonFile.readObject(written.resolve("config.json"));
        JsonNode block = config.path("quantization");
        assertEquals(block, config.path("quantization_config"));
        decodable(block);
        Set<String> modules = new TreeSet<>();
        for (Map.Entry<String, JsonNode> e : block.properties()) {
            if (e.getValue().isObject()) {
                decodable(e.getValue());
                modules.add(e.getKey());
            } else if (e.getValue().isBoolean()) {
                assertFalse(e.getValue().booleanValue(), e.getKey());
                modules.add(e.getKey());
            }
        }
        assertEquals(kind == Kind.RECIPE || kind == Kind.OVERRIDES, !modules.isEmpty());
        Set<String> stored = StoredTensor.of(written).keySet();
        modules.forEach(m -> assertTrue(stored.contains(m + ".weight"), m));
    }

    private static void decodable(JsonNode settings) {
        MlxSwiftTable.size(settings, "bits");
        MlxSwiftTable.size(settings, "group_size");
        assertEquals("affine", settings.path("mode").asString(""));
    }

    @ParameterizedTest
    @EnumSource
    void tokenizerAndProcessorAreOfClassesThatSwiftHas(Kind kind) {
        Path written = written(kind);
        Path own = written;
        JsonNode tokenizer = JsonFile.readObject(own.resolve("tokenizer_config.json"));
        assertEquals("Qwen2Tokenizer", tokenizer.path("tokenizer_class").asString(""));
        assertTrue(tokenizer.path("chat_template").isString());
        assertTrue(Files.isRegularFile(own.resolve("tokenizer.json")));
        assertTrue(Files.isRegularFile(own.resolve("chat_template.jinja")));
        assertEquals(
                Set.of(2024, 2022),
                Set.copyOf(
                        ids(
                                JsonFile.readObject(own.resolve("generation_config.json"))
                                        .path("eos_token_id"))));
        assertEquals(!kind.textOnly(), Files.exists(own.resolve("preprocessor_config.json")));
        if (!kind.textOnly()) {
            JsonNode processor = JsonFile.readObject(own.resolve("preprocessor_config.json"));
            assertEquals("Qwen3VLProcessor", processor.path("processor_class").asString(""));
            assertTrue(processor.path("image_processor_type").isString());
            assertEquals(3, processor.path("image_mean").size());
            assertEquals(3, processor.path("image_std").size());
            assertEquals(2, MlxSwiftTable.size(processor, "merge_size"));
            assertEquals(16, MlxSwiftTable.size(processor, "patch_size"));
            assertEquals(2, MlxSwiftTable.size(processor, "temporal_patch_size"));
            // Release 3.31.4 reads these, later ones the block.
            assertEquals(65536, MlxSwiftTable.size(processor, "min_pixels"));
            assertEquals(16777216, MlxSwiftTable.size(processor, "max_pixels"));
            assertEquals(65536, MlxSwiftTable.size(processor.path("size"), "shortest_edge"));
            assertEquals(16777216, MlxSwiftTable.size(processor.path("size"), "longest_edge"));
        }
    }

    private static List<Integer> ids(JsonNode array) {
        assertTrue(array.isArray());
        return array.valueStream().map(JsonNode::intValue).toList();
    }
}
