package pennyweight.formats.onnx;

/** A dimension of an input or output: a number, or a name for what only a run knows. */
public sealed interface OnnxDimension {
    record Fixed(long size) implements OnnxDimension {}

    /** Dimensions of one name are equal in one run; "" is unknown and equals none. */
    record Symbol(String name) implements OnnxDimension {}

    static OnnxDimension of(long size) {
        return new Fixed(size);
    }

    static OnnxDimension of(String name) {
        return new Symbol(name);
    }
}
