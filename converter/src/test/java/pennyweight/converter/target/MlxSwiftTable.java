package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Every tensor that mlx-swift-lm asks for, by name and shape as its modules declare them: {@code
 * Libraries/MLXLLM/Models/Qwen35.swift}, {@code Libraries/MLXVLM/Models/Qwen35.swift} and {@code
 * Qwen3VL.swift}. It throws at a key too many, a key too few and a wrong shape.
 */
final class MlxSwiftTable {
    private MlxSwiftTable() {}

    /** What a module of the table is to the loader. */
    enum Type {
        /** Linear or Embedding: quantized, or a float weight. */
        MATRIX,
        /** As it is stored. */
        BF16,
        F32
    }

    /** A row of the table; of a matrix the shape is [out, in]. */
    record Row(String name, Type type, List<Long> shape) {}

    /**
     * The table of a model.
     *
     * @param config the folder's config.json
     */
    static List<Row> of(JsonNode config, boolean textOnly) {
        List<Row> rows = new ArrayList<>();
        text(rows, config.path("text_config"));
        if (!textOnly) {
            vision(rows, config.path("vision_config"));
        }
        return rows;
    }

    /** The text decoder, with the same names in both modules of that library. */
    private static void text(List<Row> rows, JsonNode c) {
        long width = size(c, "hidden_size");
        long mlp = size(c, "intermediate_size");
        long keys = size(c, "linear_num_key_heads") * size(c, "linear_key_head_dim");
        long valueHeads = size(c, "linear_num_value_heads");
        long valueDim = size(c, "linear_value_head_dim");
        long values = valueHeads * valueDim;
        long channels = 2 * keys + values;
        long head = size(c, "head_dim");
        long queries = size(c, "num_attention_heads") * head;
        long kv = size(c, "num_key_value_heads") * head;
        String model = "language_model.model.";
        row(rows, model + "embed_tokens.weight", Type.MATRIX, size(c, "vocab_size"), width);
        row(rows, model + "norm.weight", Type.BF16, width);
        for (int i = 0; i < size(c, "num_hidden_layers"); i++) {
            String layer = model + "layers." + i + ".";
            row(rows, layer + "input_layernorm.weight", Type.BF16, width);
            row(rows, layer + "post_attention_layernorm.weight", Type.BF16, width);
            row(rows, layer + "mlp.gate_proj.weight", Type.MATRIX, mlp, width);
            row(rows, layer + "mlp.up_proj.weight", Type.MATRIX, mlp, width);
            row(rows, layer + "mlp.down_proj.weight", Type.MATRIX, width, mlp);
            if ((i + 1) % size(c, "full_attention_interval") != 0) {
                String delta = layer + "linear_attn.";
                row(rows, delta + "in_proj_qkv.weight", Type.MATRIX, channels, width);
                row(rows, delta + "in_proj_z.weight", Type.MATRIX, values, width);
                row(rows, delta + "in_proj_a.weight", Type.MATRIX, valueHeads, width);
                row(rows, delta + "in_proj_b.weight", Type.MATRIX, valueHeads, width);
                row(rows, delta + "out_proj.weight", Type.MATRIX, width, values);
                row(
                        rows,
                        delta + "conv1d.weight",
                        Type.BF16,
                        channels,
                        size(c, "linear_conv_kernel_dim"),
                        1);
                row(rows, delta + "A_log", Type.F32, valueHeads);
                row(rows, delta + "dt_bias", Type.BF16, valueHeads);
                row(rows, delta + "norm.weight", Type.BF16, valueDim);
            } else {
                String attention = layer + "self_attn.";
                row(rows, attention + "q_proj.weight", Type.MATRIX, 2 * queries, width);
                row(rows, attention + "k_proj.weight", Type.MATRIX, kv, width);
                row(rows, attention + "v_proj.weight", Type.MATRIX, kv, width);
                row(rows, attention + "o_proj.weight", Type.MATRIX, width, queries);
                row(rows, attention + "q_norm.weight", Type.BF16, head);
                row(rows, attention + "k_norm.weight", Type.BF16, head);
            }
        }
    }

    /** The tower. */
    private static void vision(List<Row> rows, JsonNode c) {
        long width = size(c, "hidden_size");
        long mlp = size(c, "intermediate_size");
        long patch = size(c, "patch_size");
        long merged = width * size(c, "spatial_merge_size") * size(c, "spatial_merge_size");
        String tower = "vision_tower.";
        row(
                rows,
                tower + "patch_embed.proj.weight",
                Type.BF16,
                width,
                size(c, "temporal_patch_size"),
                patch,
                patch,
                3);
        row(rows, tower + "patch_embed.proj.bias", Type.BF16, width);
        row(rows, tower + "pos_embed.weight", Type.BF16, size(c, "num_position_embeddings"), width);
        for (int i = 0; i < size(c, "depth"); i++) {
            String block = tower + "blocks." + i + ".";
            affine(rows, block + "norm1", width);
            affine(rows, block + "norm2", width);
            affine(rows, block + "attn.qkv", 3 * width, width);
            affine(rows, block + "attn.proj", width, width);
            affine(rows, block + "mlp.linear_fc1", mlp, width);
            affine(rows, block + "mlp.linear_fc2", width, mlp);
        }
        affine(rows, tower + "merger.norm", width);
        affine(rows, tower + "merger.linear_fc1", merged, merged);
        affine(rows, tower + "merger.linear_fc2", size(c, "out_hidden_size"), merged);
    }

    /** A module with a bias: LayerNorm or Linear. */
    private static void affine(List<Row> rows, String module, long... shape) {
        row(rows, module + ".weight", Type.BF16, shape);
        row(rows, module + ".bias", Type.BF16, shape[0]);
    }

    private static void row(List<Row> rows, String name, Type type, long... shape) {
        rows.add(new Row(name, type, Arrays.stream(shape).boxed().toList()));
    }

    /** A whole number that a config must have. */
    static long size(JsonNode config, String field) {
        assertTrue(config.path(field).isInt(), field);
        return config.path(field).longValue();
    }
}
