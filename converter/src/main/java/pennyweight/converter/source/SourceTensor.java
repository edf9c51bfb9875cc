package pennyweight.converter.source;

import java.util.Optional;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;

/**
 * A tensor of the checkpoint.
 *
 * @param role what it is for, or nothing where the family does not compute with it
 */
public record SourceTensor(Optional<Role> role, TensorEntry entry) {
    public String name() {
        return entry.name();
    }

    /** Rows of the matrix that the tensor is; see {@link Part#matrix}. */
    public long rows() {
        return matrix().rows();
    }

    /** Length of a row. */
    public long columns() {
        return matrix().columns();
    }

    private Shape matrix() {
        return role.map(r -> r.part().matrix(entry.shape()))
                .orElseGet(() -> Shape.of(entry.shape().rows(), entry.shape().columns()));
    }
}
