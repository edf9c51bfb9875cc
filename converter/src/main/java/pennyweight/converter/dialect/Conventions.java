package pennyweight.converter.dialect;

import java.util.Optional;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.HeadSpan;
import pennyweight.converter.model.Model;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.formats.Shape;

/** How a naming world stores numbers. */
public record Conventions(NormWeight norm, DecayForm decay, HeadOrder valueHeads, ConvLayout conv) {
    /**
     * The transform from these conventions to others. Never written for a pair of formats: each
     * convention has its inverse, and equal conventions give none, so that numbers that need not
     * change keep their bits.
     */
    public Transform to(Conventions target, Model model, Role role) {
        ElementMap map = map(target, role.part());
        Optional<HeadSpan> span = model.valueHeads(role);
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
        return role.part() == Part.DELTA_CONV ? conv.shape(shape.rows(), shape.columns()) : shape;
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
