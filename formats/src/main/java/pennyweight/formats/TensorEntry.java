package pennyweight.formats;

import java.nio.file.Path;

/**
 * Where a tensor of a plain number type lies in a file.
 *
 * @param offset of the first byte, from the start of the file
 * @param bytes the length in bytes, always {@code shape.elements() * dtype.bytes()}
 */
public record TensorEntry(
        String name, DType dtype, Shape shape, Path file, long offset, long bytes) {}
