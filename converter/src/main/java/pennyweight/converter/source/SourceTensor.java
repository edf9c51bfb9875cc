package pennyweight.converter.source;

import java.util.Optional;
import pennyweight.converter.model.Role;
import pennyweight.formats.TensorEntry;

/**
 * A tensor of the checkpoint.
 *
 * @param role what it is for, or nothing where the family does not compute with it (the vision
 *     tower, unknown names)
 */
public record SourceTensor(Optional<Role> role, TensorEntry entry) {
    public String name() {
        return entry.name();
    }
}
