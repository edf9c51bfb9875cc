package pennyweight.converter.target;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.json.Json;
import pennyweight.formats.mlx.MlxParameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The config.json of an MLX folder: the source's as mlx-lm and mlx-vlm write it, with keys sorted
 * and the quantization block twice, and with all that one of the readers needs. Readers fall back
 * to wrong numbers of their own where a field is missing.
 *
 * @param multimodal whether the tower is in the folder
 * @param endOfText ids of the tokens that end a text; empty where nothing names one
 */
record MlxConfig(Checkpoint source, boolean multimodal, List<Integer> endOfText) {
    private static final String TEXT = "text_config";
    private static final String VISION = "vision_config";
    private static final String MODEL_TYPE = "model_type";
    private static final String ROPE = "rope_parameters";

    /**
     * The type of the tower that every reader knows; mlx-vlm once knew no {@code qwen3_5_vision}.
     */
    private static final String TOWER_TYPE = "qwen3_5";

    /** Defaults of {@code Qwen3_5Config}; readers of MLX have other, wrong ones. */
    private static final Map<String, Integer> TOKENS =
            Map.of(
                    "image_token_id", 248056,
                    "video_token_id", 248057,
                    "vision_start_token_id", 248053,
                    "vision_end_token_id", 248054);

    /**
     * The file's text.
     *
     * @param entries of modules by path, beside what holds for all
     */
    String write(TargetSettings.Mlx settings, Map<String, Optional<MlxParameters>> entries) {
        Map<String, JsonNode> root = nested();
        root.remove("_name_or_path");
        root.put(TEXT, text(source));
        root.put("tie_word_embeddings", Json.tree(source.model().tied()));
        if (multimodal) {
            ObjectNode vision = root.getOrDefault(VISION, Json.object()).deepCopy().asObject();
            vision.put(MODEL_TYPE, TOWER_TYPE);
            root.put(VISION, vision);
            TOKENS.forEach((name, id) -> root.putIfAbsent(name, Json.tree(id)));
        } else {
            root.remove(VISION);
        }
        if (!endOfText.isEmpty()) {
            root.put("eos_token_id", Json.tree(endOfText));
        }
        settings.options().dtype().ifPresent(type -> rename(root, MlxOptions.name(type)));
        ObjectNode quantization = quantization(settings.common(), entries);
        root.put("quantization", quantization);
        root.put("quantization_config", quantization);
        return Json.indented(root);
    }

    /** The source's config; of a flat text-only one the nested config that the readers know. */
    private Map<String, JsonNode> nested() {
        JsonNode config = source.folder().config();
        Map<String, JsonNode> root = new TreeMap<>();
        if (config.has(TEXT)) {
            config.properties().forEach(e -> root.put(e.getKey(), e.getValue()));
            return root;
        }
        root.put(MODEL_TYPE, Json.tree("qwen3_5"));
        root.put("architectures", Json.tree(List.of("Qwen3_5ForConditionalGeneration")));
        return root;
    }

    private static ObjectNode flat(JsonNode config) {
        ObjectNode text = config.deepCopy().asObject();
        text.remove(List.of("architectures", "transformers_version", "_name_or_path"));
        return text.put(MODEL_TYPE, "qwen3_5_text");
    }

    /**
     * The part of the config that is of the decoder. The tensors decide what it says of them; the
     * readers believe it.
     */
    static ObjectNode text(Checkpoint source) {
        Qwen35 model = source.model();
        JsonNode config = source.folder().config();
        ObjectNode text =
                config.path(TEXT).isObject()
                        ? config.path(TEXT).deepCopy().asObject()
                        : flat(config);
        text.put("tie_word_embeddings", model.tied());
        text.put("vocab_size", model.vocabulary());
        if (!text.path(ROPE).isObject()) {
            ObjectNode rope = Json.object();
            rope.put("mrope_interleaved", true);
            ArrayNode sections = rope.putArray("mrope_section");
            model.ropeSections().forEach(sections::add);
            rope.put("partial_rotary_factor", (double) model.rotaryDimensions() / model.headDim());
            rope.put("rope_theta", model.ropeTheta());
            rope.put("rope_type", "default");
            text.set(ROPE, rope);
        }
        return text;
    }

    /** The block that says how modules are quantized. */
    static ObjectNode quantization(
            MlxParameters common, Map<String, Optional<MlxParameters>> entries) {
        ObjectNode block = parameters(common);
        entries.forEach((module, parameters) -> {
            if (parameters.isPresent()) {
                block.set(module, parameters(parameters.get()));
            } else {
                block.put(module, false);
            }
        });
        return block;
    }

    /** All three fields, always: a reader takes the mode's defaults for missing ones. */
    private static ObjectNode parameters(MlxParameters parameters) {
        ObjectNode fields = Json.object();
        fields.put("group_size", parameters.groupSize());
        fields.put("bits", parameters.bits());
        fields.put("mode", parameters.mode().label());
        return fields;
    }

    /** Names the type wherever the config names one. */
    private static void rename(Map<String, JsonNode> root, String type) {
        for (String name : List.of("dtype", "torch_dtype")) {
            root.computeIfPresent(name, (_, _) -> Json.tree(type));
            for (String part : List.of(TEXT, VISION)) {
                JsonNode config = root.get(part);
                if (config != null && config.has(name)) {
                    root.put(part, config.deepCopy().asObject().put(name, type));
                }
            }
        }
    }
}
