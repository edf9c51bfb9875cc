package pennyweight.converter.verify.onnx;

import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.io.InputFile;

/**
 * A weight that stays in its sidecar until rows of it are read.
 *
 * @param shape as the graph sees it, of the transposed matrix where {@code transposed}
 * @param offset of the first byte in {@code file}
 * @param transposed whether the file has the transposed matrix, and {@code shape} two dimensions
 */
record Stored(
        String name, InputFile file, DType dtype, Shape shape, long offset, boolean transposed)
        implements Value {

    @Override
    public Stored reshaped(Shape to) {
        return new Stored(name, file, dtype, to, offset, transposed);
    }

    Stored transpose() {
        Shape turned = Shape.of(shape.dimension(1), shape.dimension(0));
        return new Stored(name, file, dtype, turned, offset, !transposed);
    }

    /** The shape of what lies in the file. */
    Shape fileShape() {
        return transposed ? Shape.of(shape.dimension(1), shape.dimension(0)) : shape;
    }

    /** Reads {@code bytes} from {@code from} on, counted from the tensor's first byte. */
    void read(long from, byte[] target, int bytes) {
        file.read(offset + from, target, 0, bytes);
    }
}
