package pennyweight.converter.target.onnx;

import pennyweight.converter.model.Role;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;

/**
 * One plane of a tensor, placed in the sidecar.
 *
 * @param plane of the tensor's encoding
 * @param shape of the initializer; its bytes are the plane's rows, one after the other
 * @param offset of the first byte, from the start of the sidecar
 * @param bytes {@code shape.elements() * dtype.bytes()}
 */
public record Placed(
        Role role, int plane, String name, DType dtype, Shape shape, long offset, long bytes) {}
