package pennyweight.converter.dialect;

import java.util.Collection;
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
 * model.}; the vision tower is below {@code model.visual.}, or {@code visual.} in older ones.
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

    /** Names of the multi-token prediction head outside its layers; MLX has them too. */
    static final PartNames MTP =
            new PartNames()
                    .with(Part.MTP_FC, "fc.weight")
                    .with(Part.MTP_EMBEDDING_NORM, "pre_fc_norm_embedding.weight")
                    .with(Part.MTP_HIDDEN_NORM, "pre_fc_norm_hidden.weight")
                    .with(Part.MTP_NORM, "norm.weight");

    static final Pattern LAYER_NAME = Pattern.compile("layers\\.(\\d{1,6})\\.(.+)");
    private static final String HEAD = "lm_head.weight";
    private static final String MTP_PREFIX = "mtp.";

    /** Names of the vision tower outside its blocks; MLX has them too. */
    static final PartNames TOWER =
            new PartNames()
                    .with(Part.PATCH, "patch_embed.proj.weight")
                    .with(Part.PATCH_BIAS, "patch_embed.proj.bias")
                    .with(Part.POSITIONS, "pos_embed.weight")
                    .with(Part.MERGER_NORM, "merger.norm.weight")
                    .with(Part.MERGER_NORM_BIAS, "merger.norm.bias")
                    .with(Part.MERGER_FC1, "merger.linear_fc1.weight")
                    .with(Part.MERGER_FC1_BIAS, "merger.linear_fc1.bias")
                    .with(Part.MERGER_FC2, "merger.linear_fc2.weight")
                    .with(Part.MERGER_FC2_BIAS, "merger.linear_fc2.bias");

    static final PartNames BLOCK =
            new PartNames()
                    .with(Part.NORM1, "norm1.weight")
                    .with(Part.NORM1_BIAS, "norm1.bias")
                    .with(Part.NORM2, "norm2.weight")
                    .with(Part.NORM2_BIAS, "norm2.bias")
                    .with(Part.QKV, "attn.qkv.weight")
                    .with(Part.QKV_BIAS, "attn.qkv.bias")
                    .with(Part.PROJ, "attn.proj.weight")
                    .with(Part.PROJ_BIAS, "attn.proj.bias")
                    .with(Part.FC1, "mlp.linear_fc1.weight")
                    .with(Part.FC1_BIAS, "mlp.linear_fc1.bias")
                    .with(Part.FC2, "mlp.linear_fc2.weight")
                    .with(Part.FC2_BIAS, "mlp.linear_fc2.bias");

    static final Pattern BLOCK_NAME = Pattern.compile("blocks\\.(\\d{1,6})\\.(.+)");
    private static final String VISION_PREFIX = "model.visual.";
    private static final String VISION_PREFIX_AT_TOP = "visual.";

    private final String prefix;
    private final String visionPrefix;

    /**
     * Names with the vision tower below {@code model.visual.}.
     *
     * @param nested whether the decoder stands below {@code model.language_model.}
     */
    public HuggingFaceDialect(boolean nested) {
        this(nested, false);
    }

    /**
     * @param nested whether the decoder stands below {@code model.language_model.}
     * @param visionAtTop whether the vision tower stands below {@code visual.}
     */
    public HuggingFaceDialect(boolean nested, boolean visionAtTop) {
        this.prefix = nested ? "model.language_model." : "model.";
        this.visionPrefix = visionAtTop ? VISION_PREFIX_AT_TOP : VISION_PREFIX;
    }

    /** The dialect of a checkpoint with tensors of these names. */
    public static HuggingFaceDialect of(Collection<String> names) {
        return new HuggingFaceDialect(
                names.stream().anyMatch(n -> n.startsWith("model.language_model.")),
                names.stream().anyMatch(n -> n.startsWith(VISION_PREFIX_AT_TOP)));
    }

    /** Whether {@code name} belongs to the vision tower. */
    public static boolean isVision(String name) {
        return name.startsWith(VISION_PREFIX) || name.startsWith(VISION_PREFIX_AT_TOP);
    }

    @Override
    public String name(Role role) {
        if (role.part() == Part.HEAD) {
            return HEAD;
        }
        if (role.scope() == Scope.VISION) {
            return visionPrefix + visionName(role);
        }
        String scope = role.scope() == Scope.MTP ? MTP_PREFIX : prefix;
        PartNames table = role.layer() >= 0 ? LAYER : role.scope() == Scope.MTP ? MTP : DECODER;
        String layer = role.layer() >= 0 ? "layers." + role.layer() + "." : "";
        return scope
                + layer
                + table.name(role.part())
                        .orElseThrow(() -> new IllegalArgumentException("no name for " + role));
    }

    /** The name of a tensor of the vision tower, below the tower's prefix. */
    static String visionName(Role role) {
        PartNames table = role.layer() >= 0 ? BLOCK : TOWER;
        String block = role.layer() >= 0 ? "blocks." + role.layer() + "." : "";
        return block
                + table.name(role.part())
                        .orElseThrow(() -> new IllegalArgumentException("no name for " + role));
    }

    /** The role of a name below the vision tower's prefix. */
    static Optional<Role> visionRole(String name) {
        Matcher m = BLOCK_NAME.matcher(name);
        if (m.matches()) {
            int block = Integer.parseInt(m.group(1));
            return BLOCK.part(m.group(2)).map(part -> Role.vision(block, part));
        }
        return TOWER.part(name).map(Role::vision);
    }

    @Override
    public Optional<Role> role(String name) {
        if (name.equals(HEAD)) {
            return Optional.of(Role.text(Part.HEAD));
        }
        if (name.startsWith(visionPrefix)) {
            return visionRole(name.substring(visionPrefix.length()));
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
                ConvLayout.CHANNEL_ONE_KERNEL,
                PatchLayout.CHANNELS_FIRST);
    }
}
