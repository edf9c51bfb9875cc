package pennyweight.converter.dialect;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;

/**
 * Names of GGUF's {@code qwen35} (ggml-org/llama.cpp {@code gguf-py/gguf/tensor_mapping.py}, {@code
 * conversion/qwen.py}). The MTP head is the block after the decoder's last, its own tensors in the
 * first such block.
 */
public final class GgufDialect implements Dialect {
    /** Of the text model's files and of the vision tower's. */
    static final Conventions CONVENTIONS =
            new Conventions(
                    NormWeight.MULTIPLIER,
                    DecayForm.NEGATIVE_EXP,
                    HeadOrder.TILED,
                    ConvLayout.CHANNEL_KERNEL,
                    PatchLayout.TWO_KERNELS);

    private static final PartNames LAYER =
            new PartNames()
                    .with(Part.INPUT_NORM, "attn_norm.weight")
                    .with(Part.MLP_NORM, "post_attention_norm.weight")
                    .with(Part.MLP_GATE, "ffn_gate.weight")
                    .with(Part.MLP_UP, "ffn_up.weight")
                    .with(Part.MLP_DOWN, "ffn_down.weight")
                    .with(Part.ATTN_Q, "attn_q.weight")
                    .with(Part.ATTN_K, "attn_k.weight")
                    .with(Part.ATTN_V, "attn_v.weight")
                    .with(Part.ATTN_OUT, "attn_output.weight")
                    .with(Part.ATTN_Q_NORM, "attn_q_norm.weight")
                    .with(Part.ATTN_K_NORM, "attn_k_norm.weight")
                    .with(Part.DELTA_QKV, "attn_qkv.weight")
                    .with(Part.DELTA_Z, "attn_gate.weight")
                    .with(Part.DELTA_B, "ssm_beta.weight")
                    .with(Part.DELTA_A, "ssm_alpha.weight")
                    .with(Part.DELTA_CONV, "ssm_conv1d.weight")
                    .with(Part.DELTA_DECAY, "ssm_a")
                    .with(Part.DELTA_DT_BIAS, "ssm_dt.bias")
                    .with(Part.DELTA_NORM, "ssm_norm.weight")
                    .with(Part.DELTA_OUT, "ssm_out.weight");

    private static final PartNames MTP =
            new PartNames()
                    .with(Part.MTP_FC, "nextn.eh_proj.weight")
                    .with(Part.MTP_EMBEDDING_NORM, "nextn.enorm.weight")
                    .with(Part.MTP_HIDDEN_NORM, "nextn.hnorm.weight")
                    .with(Part.MTP_NORM, "nextn.shared_head_norm.weight");

    private static final PartNames OUTSIDE =
            new PartNames()
                    .with(Part.EMBEDDING, "token_embd.weight")
                    .with(Part.FINAL_NORM, "output_norm.weight")
                    .with(Part.HEAD, "output.weight");

    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,6})\\.(.+)");

    private final int layers;

    /**
     * @param layers of the decoder, without the MTP head
     */
    public GgufDialect(int layers) {
        this.layers = layers;
    }

    @Override
    public String name(Role role) {
        if (role.scope() == Scope.MTP) {
            int block = layers + Math.max(0, role.layer());
            PartNames table = role.layer() >= 0 ? LAYER : MTP;
            return "blk." + block + "." + table.name(role.part()).orElseThrow(() -> unnamed(role));
        }
        if (role.layer() >= 0) {
            return "blk."
                    + role.layer()
                    + "."
                    + LAYER.name(role.part()).orElseThrow(() -> unnamed(role));
        }
        return OUTSIDE.name(role.part()).orElseThrow(() -> unnamed(role));
    }

    private static IllegalArgumentException unnamed(Role role) {
        return new IllegalArgumentException("no name for " + role);
    }

    @Override
    public Optional<Role> role(String name) {
        Matcher m = BLOCK.matcher(name);
        if (!m.matches()) {
            return OUTSIDE.part(name).map(Role::text);
        }
        int block = Integer.parseInt(m.group(1));
        String rest = m.group(2);
        if (block < layers) {
            return LAYER.part(rest).map(part -> Role.text(block, part));
        }
        Optional<Role> own =
                block == layers
                        ? MTP.part(rest).map(part -> new Role(Scope.MTP, -1, part))
                        : Optional.empty();
        return own.or(
                () -> LAYER.part(rest).map(part -> new Role(Scope.MTP, block - layers, part)));
    }

    @Override
    public Conventions conventions() {
        return CONVENTIONS;
    }
}
