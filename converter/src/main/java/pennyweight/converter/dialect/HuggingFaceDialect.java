package pennyweight.converter.dialect;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;

/**
 * Names of Qwen3.5 checkpoints (huggingface/transformers {@code modeling_qwen3_5.py}). A multimodal
 * checkpoint puts the decoder below {@code model.language_model.}, a text-only one below {@code
 * model.}.
 */
public final class HuggingFaceDialect implements Dialect {
    static final PartNames LAYER =
            new PartNames()
                    .with(Part.INPUT_NORM, "input_layernorm.weight")
                    .with(Part.MLP_NORM, "post_attention_layernorm.weight")
                    .with(Part.MLP_GATE, "mlp.gate_proj.weight")
                    .with(Part.MLP_UP, "mlp.up_proj.weight")
                    .with(Part.MLP_DOWN, "mlp.down_proj.weight")
                    .with(Part.ATTN_Q, "self_attn.q_proj.weight")
                    .with(Part.ATTN_K, "self_attn.k_proj.weight")
                    .with(Part.ATTN_V, "self_attn.v_proj.weight")
                    .with(Part.ATTN_OUT, "self_attn.o_proj.weight")
                    .with(Part.ATTN_Q_NORM, "self_attn.q_norm.weight")
                    .with(Part.ATTN_K_NORM, "self_attn.k_norm.weight")
                    .with(Part.DELTA_QKV, "linear_attn.in_proj_qkv.weight")
                    .with(Part.DELTA_Z, "linear_attn.in_proj_z.weight")
                    .with(Part.DELTA_B, "linear_attn.in_proj_b.weight")
                    .with(Part.DELTA_A, "linear_attn.in_proj_a.weight")
                    .with(Part.DELTA_CONV, "linear_attn.conv1d.weight")
                    .with(Part.DELTA_DECAY, "linear_attn.A_log")
                    .with(Part.DELTA_DT_BIAS, "linear_attn.dt_bias")
                    .with(Part.DELTA_NORM, "linear_attn.norm.weight")
                    .with(Part.DELTA_OUT, "linear_attn.out_proj.weight");

    static final PartNames DECODER =
            new PartNames()
                    .with(Part.EMBEDDING, "embed_tokens.weight")
                    .with(Part.FINAL_NORM, "norm.weight");

    private static final PartNames MTP =
            new PartNames()
                    .with(Part.MTP_FC, "fc.weight")
                    .with(Part.MTP_EMBEDDING_NORM, "pre_fc_norm_embedding.weight")
                    .with(Part.MTP_HIDDEN_NORM, "pre_fc_norm_hidden.weight")
                    .with(Part.MTP_NORM, "norm.weight");

    static final Pattern LAYER_NAME = Pattern.compile("layers\\.(\\d{1,6})\\.(.+)");
    private static final String HEAD = "lm_head.weight";
    private static final String MTP_PREFIX = "mtp.";

    private final String prefix;

    /**
     * @param nested whether the decoder stands below {@code model.language_model.}
     */
    public HuggingFaceDialect(boolean nested) {
        this.prefix = nested ? "model.language_model." : "model.";
    }

    /** Whether {@code name} belongs to the vision tower. */
    public static boolean isVision(String name) {
        return name.startsWith("model.visual.") || name.startsWith("visual.");
    }

    @Override
    public String name(Role role) {
        if (role.part() == Part.HEAD) {
            return HEAD;
        }
        String scope = role.scope() == Scope.MTP ? MTP_PREFIX : prefix;
        PartNames table = role.layer() >= 0 ? LAYER : role.scope() == Scope.MTP ? MTP : DECODER;
        String layer = role.layer() >= 0 ? "layers." + role.layer() + "." : "";
        return scope
                + layer
                + table.name(role.part())
                        .orElseThrow(() -> new IllegalArgumentException("no name for " + role));
    }

    @Override
    public Optional<Role> role(String name) {
        if (name.equals(HEAD)) {
            return Optional.of(Role.text(Part.HEAD));
        }
        if (name.startsWith(MTP_PREFIX)) {
            return role(Scope.MTP, MTP, name.substring(MTP_PREFIX.length()));
        }
        return name.startsWith(prefix)
                ? role(Scope.TEXT, DECODER, name.substring(prefix.length()))
                : Optional.empty();
    }

    /** The role of a name below a scope's prefix. */
    static Optional<Role> role(Scope scope, PartNames outside, String name) {
        Matcher m = LAYER_NAME.matcher(name);
        if (m.matches()) {
            int layer = Integer.parseInt(m.group(1));
            return LAYER.part(m.group(2)).map(part -> new Role(scope, layer, part));
        }
        return outside.part(name).map(part -> new Role(scope, -1, part));
    }

    @Override
    public Conventions conventions() {
        return new Conventions(
                NormWeight.ZERO_CENTRED,
                DecayForm.LOG,
                HeadOrder.GROUPED,
                ConvLayout.CHANNEL_ONE_KERNEL);
    }
}
