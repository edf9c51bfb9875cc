package pennyweight.converter.target.onnx;

import java.util.Optional;
import pennyweight.converter.dialect.OnnxDialect;
import pennyweight.converter.model.Role;

/** Names of initializers: those of {@link OnnxDialect}, with a suffix for each plane. */
public final class OnnxNames {
    private static final OnnxDialect DIALECT = new OnnxDialect();
    private static final String CODES = "_quant";
    private static final String SCALES = "_scales";

    private OnnxNames() {}

    /** What an initializer holds: one plane of a role's tensor. */
    public record Plane(Role role, int index) {}

    /** The name of a tensor of one plane, and the stem of the names of several. */
    public static String name(Role role) {
        return DIALECT.name(role);
    }

    /** The name of plane 0 (codes) or 1 (scales) of a quantized tensor. */
    public static String name(Role role, int plane) {
        return switch (plane) {
            case 0 -> name(role) + CODES;
            case 1 -> name(role) + SCALES;
            default -> throw new IllegalArgumentException("no plane " + plane);
        };
    }

    /** The inverse of both: plane 0 of a plain name; nothing of a name that no tensor has. */
    public static Optional<Plane> plane(String name) {
        if (name.endsWith(CODES)) {
            return DIALECT.role(name.substring(0, name.length() - CODES.length()))
                    .map(role -> new Plane(role, 0));
        }
        if (name.endsWith(SCALES)) {
            return DIALECT.role(name.substring(0, name.length() - SCALES.length()))
                    .map(role -> new Plane(role, 1));
        }
        return DIALECT.role(name).map(role -> new Plane(role, 0));
    }
}
