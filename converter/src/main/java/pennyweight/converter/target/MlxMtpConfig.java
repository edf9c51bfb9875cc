package pennyweight.converter.target;

import java.util.Map;
import java.util.TreeMap;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.json.Json;
import tools.jackson.databind.JsonNode;

/**
 * The config.json of the folder of a multi-token prediction head (Blaizzy/mlx-vlm {@code
 * mlx_vlm/speculative/drafters/mtp_split.py}, prepare).
 *
 * @param fields but for the quantization block
 */
record MlxMtpConfig(Map<String, JsonNode> fields) {
    /** The model type that tells such a folder from a model's. */
    static final String MODEL_TYPE = "qwen3_5_mtp";

    /** What mlx-vlm adds to the layers of the head: the tokens of a round. */
    private static final int TOKENS_BESIDE_LAYERS = 2;

    MlxMtpConfig {
        fields = Map.copyOf(fields);
    }

    static MlxMtpConfig of(Checkpoint source) {
        int block = source.model().mtpLayers() + TOKENS_BESIDE_LAYERS;
        return new MlxMtpConfig(
                Map.of(
                        "block_size", Json.tree(block),
                        "model_type", Json.tree(MODEL_TYPE),
                        "text_config", MlxConfig.text(source),
                        "tie_word_embeddings", Json.tree(source.model().tied())));
    }

    /** The file's text. */
    String write(TargetSettings.MlxMtp settings) {
        Map<String, JsonNode> root = new TreeMap<>(fields);
        JsonNode quantization = MlxConfig.quantization(settings.common(), Map.of());
        root.put("quantization", quantization);
        root.put("quantization_config", quantization);
        return Json.indented(root);
    }
}
