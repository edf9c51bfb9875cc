package pennyweight.converter.dialect;

import java.util.Optional;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;

/**
 * Names of the folder of a multi-token prediction head, which mlx-vlm loads as a draft model
 * (Blaizzy/mlx-vlm {@code mlx_vlm/speculative/drafters/qwen3_5_mtp}): those of Hugging Face without
 * {@code mtp.}.
 */
public final class MlxMtpDialect implements Dialect {
    @Override
    public String name(Role role) {
        if (role.scope() != Scope.MTP) {
            throw new IllegalArgumentException("no name for " + role);
        }
        PartNames table = role.layer() >= 0 ? HuggingFaceDialect.LAYER : HuggingFaceDialect.MTP;
        String layer = role.layer() >= 0 ? "layers." + role.layer() + "." : "";
        return layer
                + table.name(role.part())
                        .orElseThrow(() -> new IllegalArgumentException("no name for " + role));
    }

    @Override
    public Optional<Role> role(String name) {
        return HuggingFaceDialect.role(Scope.MTP, HuggingFaceDialect.MTP, name);
    }

    @Override
    public Conventions conventions() {
        return MlxDialect.CONVENTIONS;
    }
}
