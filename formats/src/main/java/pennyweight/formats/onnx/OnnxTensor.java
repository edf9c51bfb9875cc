package pennyweight.formats.onnx;

import pennyweight.formats.Bytes;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;

/** TensorProto: an initializer, or the value of an attribute (then the name may be empty). */
public record OnnxTensor(String name, DType dtype, Shape shape, OnnxData data) {
    /** An int64 tensor kept in the graph; no dimension means a scalar. */
    public static OnnxTensor longs(String name, Shape shape, long... values) {
        return new OnnxTensor(name, DType.I64, shape, new OnnxData.Inline(Bytes.ofLongs(values)));
    }

    /** A float32 tensor kept in the graph. */
    public static OnnxTensor floats(String name, Shape shape, float... values) {
        return new OnnxTensor(name, DType.F32, shape, new OnnxData.Inline(Bytes.ofFloats(values)));
    }
}
