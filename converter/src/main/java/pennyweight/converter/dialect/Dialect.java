package pennyweight.converter.dialect;

import java.util.Optional;
import pennyweight.converter.model.Role;

/**
 * One naming world: a table from role to name and back, and the conventions of what stands under
 * the names.
 */
public interface Dialect {
    /**
     * The name of a tensor; throws IllegalArgumentException of a role that this world has no name
     * for.
     */
    String name(Role role);

    /** The role of a name, or nothing where the name is unknown. */
    Optional<Role> role(String name);

    Conventions conventions();
}
