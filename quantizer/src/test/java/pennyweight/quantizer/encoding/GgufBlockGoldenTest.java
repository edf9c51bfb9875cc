package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;
import tools.jackson.databind.JsonNode;

/** The bytes that llama.cpp's converter and llama-quantize wrote of the small checkpoints. */
class GgufBlockGoldenTest {
    private static final Map<String, String> NAMES =
            Map.ofEntries(
                    Map.entry("ffn_gate", "mlp.gate_proj"),
                    Map.entry("ffn_up", "mlp.up_proj"),
                    Map.entry("ffn_down", "mlp.down_proj"),
                    Map.entry("attn_q", "self_attn.q_proj"),
                    Map.entry("attn_k", "self_attn.k_proj"),
                    Map.entry("attn_v", "self_attn.v_proj"),
                    Map.entry("attn_output", "self_attn.o_proj"),
                    Map.entry("attn_qkv", "linear_attn.in_proj_qkv"),
                    Map.entry("attn_gate", "linear_attn.in_proj_z"),
                    Map.entry("ssm_out", "linear_attn.out_proj"),
                    Map.entry("ssm_alpha", "linear_attn.in_proj_a"),
                    Map.entry("ssm_beta", "linear_attn.in_proj_b"));

    /**
     * The number of matrices to compare is given, so that no file passes unread: 3 layers of 8, one
     * of 7 and the embedding; of micro4b those that keep their rows: 4 times 3, 4 of attention,
     * embedding and head.
     */
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, Q4_K_M, 32",
        "tiny-qwen35, Q6_K, 32",
        "tiny-qwen35, Q4_1, 32",
        "tiny-qwen35, Q5_1, 32",
        "tiny-qwen35, Q4_K_S, 32",
        "tiny-qwen35, Q5_K_S, 32",
        "tiny-qwen35, Q5_K_M, 32",
        "tiny-qwen35, Q8_0, 32",
        "tiny-qwen35, Q4_0, 32",
        "tiny-qwen35, bf16, 32",
        "tiny-qwen35, Q5_0, 32",
        "tiny-qwen35, Q3_K_S, 32",
        "tiny-qwen35, IQ4_NL, 32",
        "tiny-qwen35, IQ4_XS, 32",
        "tiny-qwen35, f16, 32",
        "tiny-qwen35, f32, 32",
        "micro2b, Q4_K_M, 32",
        "micro2b, Q6_K, 32",
        "micro2b, Q4_1, 32",
        "micro2b, Q5_1, 32",
        "micro2b, Q4_K_S, 32",
        "micro2b, Q5_K_S, 32",
        "micro2b, Q5_K_M, 32",
        "micro2b, Q8_0, 32",
        "micro2b, Q4_0, 32",
        "micro2b, Q5_0, 32",
        "micro2b, Q3_K_S, 32",
        "micro2b, IQ4_NL, 32",
        "micro2b, IQ4_XS, 32",
        "micro2b, f16, 32",
        "micro4b, Q4_K_M, 18",
        "micro4b, Q6_K, 18",
        "micro4b, Q4_1, 18",
        "micro4b, Q5_1, 18",
        "micro4b, Q4_K_S, 18",
        "micro4b, Q5_K_S, 18",
        "micro4b, Q5_K_M, 18",
        "micro4b, Q8_0, 18",
        "micro4b, Q4_0, 18",
        "micro4b, Q5_0, 18",
        "micro4b, Q3_K_S, 18",
        "micro4b, Q3_K_M, 18",
        "micro4b, f16, 18"
    })
    void bytesAreThoseOfLlamaCpp(String model, String file, int matrices) {
        Map<String, Matrix> source = Checkpoint.matrices(model);
        // Value heads move where there are more of them than key heads: not this module's concern.
        boolean headsStay = !model.equals("micro4b");
        List<Executable> checks = new ArrayList<>();
        for (JsonNode tensor :
                Checkpoint.golden(model + "/gguf/" + file + ".json").path("tensors")) {
            String name = tensor.path("name").asString();
            String sourceName = sourceName(name);
            if (sourceName == null || (!headsStay && sourceName.contains("linear_attn"))) {
                continue;
            }
            Matrix matrix = source.get(sourceName);
            Encoding encoding = encoding(tensor.path("type").asString());
            if (matrix == null || encoding == null) {
                continue;
            }
            String digest = Checkpoint.sha256(Checkpoint.encode(encoding, matrix)[0]);
            checks.add(() ->
                    assertEquals(
                            tensor.path("sha256").asString(),
                            digest,
                            name + " " + encoding.label()));
        }
        assertEquals(matrices, checks.size(), "tensors compared");
        assertAll(checks);
    }

    private static @Nullable Encoding encoding(String type) {
        return switch (type) {
            case "F32", "F16", "BF16" -> new Plain(Plain.Type.valueOf(type));
            case "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K" ->
                    new GgufBlock(GgufBlock.Type.valueOf(type));
            case "IQ4_NL", "IQ4_XS" -> new GgufBlock(GgufBlock.Type.valueOf(type));
            default -> null;
        };
    }

    static @Nullable String sourceName(String name) {
        if (name.equals("token_embd.weight")) {
            return "model.language_model.embed_tokens.weight";
        }
        if (name.equals("output.weight")) {
            return "lm_head.weight";
        }
        List<String> parts = List.of(name.split("\\."));
        if (parts.size() != 4 || !parts.get(0).equals("blk")) {
            return null;
        }
        String inner = NAMES.get(parts.get(2));
        return inner == null
                ? null
                : "model.language_model.layers." + parts.get(1) + "." + inner + ".weight";
    }
}
