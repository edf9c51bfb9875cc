package pennyweight.converter.verify.onnx;

import pennyweight.formats.Shape;

/** Float32 numbers in memory, row-major. */
final class Floats implements Value {
    private final Shape shape;
    private final float[] data;

    Floats(Shape shape, float[] data) {
        this.shape = shape;
        this.data = data;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    /** Not copied; not to be written once the value has left its node. */
    float[] data() {
        return data;
    }

    @Override
    public Floats reshaped(Shape to) {
        return new Floats(to, data);
    }
}
