package pennyweight.converter.verify.onnx;

import pennyweight.formats.Shape;

/** What flows along an edge. */
sealed interface Value permits Floats, Longs, Stored {
    Shape shape();

    /** The same numbers in another shape of as many elements. */
    Value reshaped(Shape shape);
}
