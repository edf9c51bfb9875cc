package pennyweight.converter.verify.onnx;

import pennyweight.formats.DType;
import pennyweight.formats.Shape;

/** Integers in memory, row-major: int64, or int32 where a Cast made them so. */
final class Longs implements Value {
    private final DType dtype;
    private final Shape shape;
    private final long[] data;

    private Longs(DType dtype, Shape shape, long[] data) {
        this.dtype = dtype;
        this.shape = shape;
        this.data = data;
    }

    /** Numbers of type int64. */
    Longs(Shape shape, long... data) {
        this(DType.I64, shape, data);
    }

    /** The same numbers as another type of integers, which has room for them. */
    Longs as(DType type) {
        return new Longs(type, shape, data);
    }

    DType dtype() {
        return dtype;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    /** Not copied; not to be written once the value has left its node. */
    long[] data() {
        return data;
    }

    @Override
    public Longs reshaped(Shape to) {
        return new Longs(dtype, to, data);
    }
}
