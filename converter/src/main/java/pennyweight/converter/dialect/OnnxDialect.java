package pennyweight.converter.dialect;

import java.util.Optional;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;

/**
 * Names of the initializers in an ONNX decoder. ONNX has no rule for them: they are those of a
 * text-only checkpoint, as onnxruntime-genai's builder mostly keeps them too, and its {@code
 * neg_exp_A} for what a checkpoint stores as {@code A_log}. A tensor of several planes adds a
 * suffix to each.
 */
public final class OnnxDialect implements Dialect {
    private static final String PREFIX = "model.";
    private static final String HEAD = "lm_head.weight";

    private static final PartNames LAYER =
            new PartNames()
                    .with(HuggingFaceDialect.LAYER)
                    .with(Part.DELTA_DECAY, "linear_attn.neg_exp_A");

    @Override
    public String name(Role role) {
        if (role.scope() != Scope.TEXT) {
            throw new IllegalArgumentException("no name for " + role);
        }
        if (role.part() == Part.HEAD) {
            return HEAD;
        }
        PartNames table = role.layer() >= 0 ? LAYER : HuggingFaceDialect.DECODER;
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
        if (!name.startsWith(PREFIX)) {
            return Optional.empty();
        }
        var layer = HuggingFaceDialect.LAYER_NAME.matcher(name.substring(PREFIX.length()));
        if (layer.matches()) {
            return LAYER.part(layer.group(2))
                    .map(part -> Role.text(Integer.parseInt(layer.group(1)), part));
        }
        return HuggingFaceDialect.DECODER.part(name.substring(PREFIX.length())).map(Role::text);
    }

    @Override
    public Conventions conventions() {
        return new Conventions(
                NormWeight.MULTIPLIER,
                DecayForm.NEGATIVE_EXP,
                HeadOrder.GROUPED,
                ConvLayout.CHANNEL_ONE_KERNEL,
                PatchLayout.CHANNELS_FIRST);
    }
}
