package pennyweight.converter.plan;

import java.nio.file.Path;
import pennyweight.formats.Shape;

/**
 * Where one plane of a target tensor will stand.
 *
 * @param name as the file calls it
 * @param type as the format calls it
 * @param file relative to the output folder
 * @param offset of the first byte in that file
 */
public record Plane(
        String name, String type, Shape shape, Path file, long offset, long rowBytes, long rows) {
    public long bytes() {
        return rowBytes * rows;
    }
}
