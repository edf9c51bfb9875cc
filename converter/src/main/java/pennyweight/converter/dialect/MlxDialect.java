package pennyweight.converter.dialect;

import java.util.Optional;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;

/**
 * Names of MLX folders of Qwen3.5: the decoder below {@code language_model.} (ml-explore/mlx-lm
 * {@code mlx_lm/models/qwen3_5.py}, after its sanitize step), the vision tower below {@code
 * vision_tower.} (Blaizzy/mlx-vlm {@code mlx_vlm/models/qwen3_5/}).
 */
public final class MlxDialect implements Dialect {
    static final Conventions CONVENTIONS =
            new Conventions(
                    NormWeight.MULTIPLIER,
                    DecayForm.LOG,
                    HeadOrder.GROUPED,
                    ConvLayout.CHANNEL_KERNEL_ONE,
                    PatchLayout.CHANNELS_LAST);

    private static final String PREFIX = "language_model.model.";
    private static final String VISION_PREFIX = "vision_tower.";
    private static final String HEAD = "language_model.lm_head.weight";

    @Override
    public String name(Role role) {
        if (role.scope() == Scope.VISION) {
            return VISION_PREFIX + HuggingFaceDialect.visionName(role);
        }
        if (role.scope() != Scope.TEXT) {
            throw new IllegalArgumentException("no name for " + role);
        }
        if (role.part() == Part.HEAD) {
            return HEAD;
        }
        PartNames table = role.layer() >= 0 ? HuggingFaceDialect.LAYER : HuggingFaceDialect.DECODER;
        String layer = role.layer() >= 0 ? "layers." + role.layer() + "." : "";
        return PREFIX
                + layer
                + table.name(role.part())
                        .orElseThrow(() -> new IllegalArgumentException("no name for " + role));
    }

    @Override
    public Optional<Role> role(String name) {
        if (name.equals(HEAD)) {
            return Optional.of(Role.text(Part.HEAD));
        }
        if (name.startsWith(VISION_PREFIX)) {
            return HuggingFaceDialect.visionRole(name.substring(VISION_PREFIX.length()));
        }
        return name.startsWith(PREFIX)
                ? HuggingFaceDialect.role(
                        Scope.TEXT, HuggingFaceDialect.DECODER, name.substring(PREFIX.length()))
                : Optional.empty();
    }

    @Override
    public Conventions conventions() {
        return CONVENTIONS;
    }
}
