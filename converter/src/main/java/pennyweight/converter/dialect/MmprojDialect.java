package pennyweight.converter.dialect;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;

/**
 * Names of GGUF's {@code clip}, the file of a vision tower (ggml-org/llama.cpp {@code
 * conversion/qwen3vl.py}, {@code gguf-py/gguf/tensor_mapping.py}).
 */
public final class MmprojDialect implements Dialect {
    private static final PartNames TOWER =
            new PartNames()
                    .with(Part.PATCH_FRAME_0, "v.patch_embd.weight")
                    .with(Part.PATCH_FRAME_1, "v.patch_embd.weight.1")
                    .with(Part.PATCH_BIAS, "v.patch_embd.bias")
                    .with(Part.POSITIONS, "v.position_embd.weight")
                    .with(Part.MERGER_NORM, "v.post_ln.weight")
                    .with(Part.MERGER_NORM_BIAS, "v.post_ln.bias")
                    .with(Part.MERGER_FC1, "mm.0.weight")
                    .with(Part.MERGER_FC1_BIAS, "mm.0.bias")
                    .with(Part.MERGER_FC2, "mm.2.weight")
                    .with(Part.MERGER_FC2_BIAS, "mm.2.bias");

    private static final PartNames BLOCK =
            new PartNames()
                    .with(Part.NORM1, "ln1.weight")
                    .with(Part.NORM1_BIAS, "ln1.bias")
                    .with(Part.NORM2, "ln2.weight")
                    .with(Part.NORM2_BIAS, "ln2.bias")
                    .with(Part.QKV, "attn_qkv.weight")
                    .with(Part.QKV_BIAS, "attn_qkv.bias")
                    .with(Part.PROJ, "attn_out.weight")
                    .with(Part.PROJ_BIAS, "attn_out.bias")
                    .with(Part.FC1, "ffn_up.weight")
                    .with(Part.FC1_BIAS, "ffn_up.bias")
                    .with(Part.FC2, "ffn_down.weight")
                    .with(Part.FC2_BIAS, "ffn_down.bias");

    private static final Pattern BLOCK_NAME = Pattern.compile("v\\.blk\\.(\\d{1,6})\\.(.+)");

    @Override
    public String name(Role role) {
        PartNames table = role.layer() >= 0 ? BLOCK : TOWER;
        String block = role.layer() >= 0 ? "v.blk." + role.layer() + "." : "";
        return block
                + table.name(role.part())
                        .filter(name -> role.scope() == Scope.VISION)
                        .orElseThrow(() -> new IllegalArgumentException("no name for " + role));
    }

    @Override
    public Optional<Role> role(String name) {
        Matcher m = BLOCK_NAME.matcher(name);
        if (m.matches()) {
            int block = Integer.parseInt(m.group(1));
            return BLOCK.part(m.group(2)).map(part -> Role.vision(block, part));
        }
        return TOWER.part(name).map(Role::vision);
    }

    @Override
    public Conventions conventions() {
        return GgufDialect.CONVENTIONS;
    }
}
