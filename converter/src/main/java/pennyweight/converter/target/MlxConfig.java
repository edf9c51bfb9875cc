package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.hf.ModelFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The config.json of an MLX folder. */
final class MlxConfig {
    private MlxConfig() {}

    /**
     * The source's config as mlx-lm writes it ({@code mlx_lm/utils.py}, save_config): keys sorted,
     * no vision part since the tower is not in the folder, the quantization block twice, the
     * end-of-text ids of the generation config. A flat text-only config becomes the nested one that
     * the readers know.
     */
    static String write(Checkpoint source, TargetSettings.Mlx settings) {
        JsonNode config = source.folder().config();
        Map<String, JsonNode> root = new TreeMap<>();
        if (config.has("text_config")) {
            config.properties().forEach(e -> root.put(e.getKey(), e.getValue()));
        } else {
            ObjectNode text = config.deepCopy().asObject();
            text.remove(List.of("architectures", "transformers_version"));
            text.put("model_type", "qwen3_5_text");
            root.put("text_config", text);
            root.put("model_type", JsonMapper.shared().valueToTree("qwen3_5"));
            root.put(
                    "architectures",
                    JsonMapper.shared().valueToTree(List.of("Qwen3_5ForConditionalGeneration")));
        }
        root.remove("_name_or_path");
        root.remove("vision_config");
        // The tensors decide what the config says of them; the readers believe the config.
        ObjectNode text =
                root.getOrDefault("text_config", JsonMapper.shared().createObjectNode())
                        .deepCopy()
                        .asObject();
        text.put("tie_word_embeddings", source.model().tied());
        text.put("vocab_size", source.model().vocabulary());
        root.put("text_config", text);
        root.put("tie_word_embeddings", JsonMapper.shared().valueToTree(source.model().tied()));
        source.folder()
                .generationConfig()
                .filter(g -> g.has("eos_token_id"))
                .ifPresent(g -> root.put("eos_token_id", g.path("eos_token_id")));
        ObjectNode quantization = JsonMapper.shared().createObjectNode();
        quantization.put("group_size", settings.group());
        quantization.put("bits", settings.bits());
        quantization.put("mode", "affine");
        root.put("quantization", quantization);
        root.put("quantization_config", quantization);
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    /** Whether a folder's config.json has MLX's quantization block. */
    static boolean isQuantized(Path folder) {
        return ModelFolder.open(folder).config().has("quantization");
    }
}
