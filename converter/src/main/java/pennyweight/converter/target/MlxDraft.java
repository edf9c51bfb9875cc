package pennyweight.converter.target;

import java.util.Optional;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Role;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Shape;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Plain;

/**
 * A tensor of an MLX folder whose place is not known yet.
 *
 * @param via the type that its numbers are rounded to before they are encoded
 * @param shape before it is quantized
 * @param fellBackFrom the encoding that was wanted and that its rows do not allow
 */
record MlxDraft(
        Role role,
        SourceTensor source,
        String name,
        Transform transform,
        Optional<Plain> via,
        Encoding encoding,
        Shape shape,
        Optional<String> fellBackFrom) {
    private static final String WEIGHT = ".weight";

    /** The path of the module whose weight has this name; the name itself of what is no weight. */
    static String module(String name) {
        return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
    }
}
