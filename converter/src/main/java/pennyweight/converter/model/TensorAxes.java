package pennyweight.converter.model;

import java.util.Optional;

/** What the axes of a model's tensors stand for, as far as naming worlds order them differently. */
public interface TensorAxes {
    /**
     * Where a tensor has one entry for each value head of a delta net; nothing where it has none.
     */
    default Optional<HeadSpan> valueHeads(Role role) {
        return Optional.empty();
    }

    /** The filters of a patch embedding; nothing of any other tensor. */
    default Optional<PatchShape> patch(Role role) {
        return Optional.empty();
    }
}
