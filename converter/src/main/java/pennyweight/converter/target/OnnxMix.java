package pennyweight.converter.target;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import pennyweight.converter.model.Model;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.MatMulNBits;
import pennyweight.quantizer.encoding.Plain;

/**
 * Which tensors of an ONNX decoder are quantized, and to how many bits. No runtime has a kernel for
 * 6 bits: 6 are a mixture of tensors of 4 and of 8, whose codes take no more room than 6 bits a
 * weight would.
 */
final class OnnxMix {
    /**
     * Who gets 8 bits first: the head, whose errors go straight into the logits, then what feeds
     * the recurrence and the residual stream through few weights, then the MLP. Its gate and up
     * matrices bear 4 bits best.
     */
    private static final List<Part> BY_NEED =
            List.of(
                    Part.HEAD,
                    Part.EMBEDDING,
                    Part.DELTA_OUT,
                    Part.ATTN_OUT,
                    Part.ATTN_V,
                    Part.ATTN_K,
                    Part.DELTA_QKV,
                    Part.ATTN_Q,
                    Part.DELTA_Z,
                    Part.MLP_DOWN,
                    Part.MLP_UP,
                    Part.MLP_GATE);

    private final TargetSettings.Onnx settings;
    private final Set<Role> wide;

    OnnxMix(Model model, TargetSettings.Onnx settings) {
        this.settings = settings;
        this.wide = settings.bits() == 6 ? eightBits(model) : Set.of();
    }

    Encoding encoding(Role role) {
        if (!BY_NEED.contains(role.part())) {
            return new Plain(Plain.Type.F32);
        }
        int bits = settings.bits() == 6 ? (wide.contains(role) ? 8 : 4) : settings.bits();
        return new MatMulNBits(bits, settings.block());
    }

    /** As many as fit: with w weights in all, 8 bits for half of them make 6 on average. */
    private static Set<Role> eightBits(Model model) {
        List<TensorSpec> matrices =
                model.tensors().stream()
                        .filter(s ->
                                s.role().scope() == Scope.TEXT && BY_NEED.contains(s.role().part()))
                        .toList();
        long room = matrices.stream().mapToLong(s -> s.shape().elements()).sum() / 2;
        Set<Role> wide = new HashSet<>();
        for (Part part : BY_NEED) {
            for (TensorSpec spec : byNeed(matrices, part)) {
                if (spec.shape().elements() <= room) {
                    wide.add(spec.role());
                    room -= spec.shape().elements();
                }
            }
        }
        return wide;
    }

    /**
     * The first and the last layers before those between: errors of the first go through all
     * others.
     */
    private static List<TensorSpec> byNeed(List<TensorSpec> matrices, Part part) {
        List<TensorSpec> own =
                new ArrayList<>(matrices.stream().filter(s -> s.role().part() == part).toList());
        List<TensorSpec> ordered = new ArrayList<>();
        while (!own.isEmpty()) {
            ordered.add(own.removeFirst());
            if (!own.isEmpty()) {
                ordered.add(own.removeLast());
            }
        }
        return ordered;
    }
}
