package pennyweight.converter.dialect;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.HeadSpan;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.PatchShape;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorAxes;
import pennyweight.formats.Shape;

/** How a naming world stores numbers. */
public record Conventions(
        NormWeight norm,
        DecayForm decay,
        HeadOrder valueHeads,
        ConvLayout conv,
        PatchLayout patch) {
    /**
     * The transform from these conventions to others. Never written for a pair of formats: each
     * convention has its inverse, and equal conventions give none, so that numbers that need not
     * change keep their bits.
     *
     * @param axes of the model that the tensor belongs to
     * @param role of the tensor as the target stores it: {@link #stored}
     */
    public Transform to(Conventions target, TensorAxes axes, Role role) {
        ElementMap map = map(target, role.part());
        Optional<PatchShape> filters = axes.patch(role);
        if (filters.isPresent()) {
            return new Transform(map, null, columns(target.patch, filters.get(), role));
        }
        Optional<HeadSpan> span = axes.valueHeads(role);
        if (span.isEmpty()
                || valueHeads == target.valueHeads
                || span.get().keyHeads() == span.get().valueHeads()) {
            return new Transform(map, null, null);
        }
        HeadSpan s = span.get();
        HeadPermutation heads =
                new HeadPermutation(
                        s.start(),
                        s.headSize(),
                        s.keyHeads(),
                        s.valueHeads(),
                        valueHeads,
                        target.valueHeads);
        return switch (s.axis()) {
            case ROWS -> new Transform(map, heads, null);
            case COLUMNS -> new Transform(map, null, heads);
        };
    }

    /**
     * The shape that these conventions give to a tensor of {@code shape} as Hugging Face stores it.
     */
    public Shape shape(Role role, Shape shape) {
        return switch (role.part()) {
            case DELTA_CONV -> conv.shape(shape.rows(), shape.columns());
            case PATCH, PATCH_FRAME_0, PATCH_FRAME_1 -> patch.shape(shape);
            default -> shape;
        };
    }

    /** The roles under which a tensor of a model is stored: itself, or its pieces. */
    public List<Role> stored(Role role) {
        return role.part() == Part.PATCH
                ? patch.stored().stream()
                        .map(part -> new Role(role.scope(), role.layer(), part))
                        .toList()
                : List.of(role);
    }

    private @Nullable ColumnMap columns(PatchLayout target, PatchShape shape, Role role) {
        if (patch == target) {
            return null;
        }
        if (patch == PatchLayout.TWO_KERNELS) {
            throw new IllegalArgumentException("one of two kernels makes no whole " + role.whole());
        }
        return switch (target) {
            case CHANNELS_FIRST -> new PatchPermutation(shape, false);
            case CHANNELS_LAST -> new PatchPermutation(shape, true);
            case TWO_KERNELS -> {
                if (patch != PatchLayout.CHANNELS_FIRST || role.part() == Part.PATCH) {
                    throw new IllegalArgumentException("no frame of " + patch + " is " + role);
                }
                yield new FrameSlice(shape, role.part() == Part.PATCH_FRAME_0 ? 0 : 1);
            }
        };
    }

    private ElementMap map(Conventions target, Part part) {
        if (part.zeroCentredNorm() && norm != target.norm) {
            return norm == NormWeight.ZERO_CENTRED ? ElementMap.ADD_ONE : ElementMap.SUBTRACT_ONE;
        }
        if (part == Part.DELTA_DECAY && decay != target.decay) {
            return decay == DecayForm.LOG ? ElementMap.NEGATIVE_EXP : ElementMap.LOG_OF_NEGATIVE;
        }
        return ElementMap.NONE;
    }
}
