package pennyweight.converter.plan;

import java.util.List;
import java.util.Optional;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Role;
import pennyweight.formats.Shape;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Plain;

/**
 * What becomes of one source tensor in one target.
 *
 * @param transform from the source's conventions to the target's
 * @param via the type that the numbers are rounded to before they are encoded, where that is not
 *     the source's own
 * @param shape of the logical tensor in the target, outermost dimension first
 * @param fellBackFrom the type that the recipe wanted and the row length did not allow
 * @param weighting of the columns' errors
 */
public record TargetTensor(
        Role role,
        String source,
        String name,
        Transform transform,
        Optional<Plain> via,
        Encoding encoding,
        Shape shape,
        List<Plane> planes,
        Optional<String> fellBackFrom,
        Weighting weighting) {
    public TargetTensor {
        planes = List.copyOf(planes);
    }

    /** One whose columns all matter alike. */
    public TargetTensor(
            Role role,
            String source,
            String name,
            Transform transform,
            Optional<Plain> via,
            Encoding encoding,
            Shape shape,
            List<Plane> planes,
            Optional<String> fellBackFrom) {
        this(
                role,
                source,
                name,
                transform,
                via,
                encoding,
                shape,
                planes,
                fellBackFrom,
                Weighting.NONE);
    }

    public long bytes() {
        return planes.stream().mapToLong(Plane::bytes).sum();
    }

    /**
     * Transforms, rounds and encodes {@code count} source rows; rows keep their places.
     *
     * @param source {@code [count, columns]}, of the source's columns
     * @param scratch as long as {@code source}
     * @param planes receives the rows of the target, which may be shorter
     */
    public void encode(float[] source, int count, int columns, float[] scratch, byte[][] planes) {
        if (transform.keepsRows() && via.isEmpty()) {
            encoding.encode(source, count, columns, weighting.importance(), planes);
            return;
        }
        int width = transform.width(columns);
        transform.apply(source, count, columns, scratch);
        if (via.isPresent()) {
            byte[][] rounded = {new byte[Math.toIntExact(count * via.get().rowBytes(0, width))]};
            via.get().encode(scratch, count, width, rounded);
            via.get().decode(rounded, count, width, scratch);
        }
        encoding.encode(scratch, count, width, weighting.importance(), planes);
    }
}
