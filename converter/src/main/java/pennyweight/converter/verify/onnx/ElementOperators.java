package pennyweight.converter.verify.onnx;

import java.util.List;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;

/** Operators on numbers one by one, in float32 or exact. ai.onnx, opset 21. */
final class ElementOperators {
    /** Numbers below which handing out work costs more than it saves. */
    private static final int PIECE = 1 << 14;

    private static final int TO_FLOAT = 1;
    private static final int TO_INT32 = 6;

    private ElementOperators() {}

    private interface Unary {
        double of(float x);
    }

    private interface Binary {
        float of(float a, float b);
    }

    private interface Whole {
        long of(long a, long b);
    }

    static void register(Operators.Registry all) {
        all.add("", "Add", call -> binary(call, (a, b) -> a + b, (a, b) -> a + b));
        all.add("", "Sub", call -> binary(call, (a, b) -> a - b, (a, b) -> a - b));
        all.add("", "Mul", call -> binary(call, (a, b) -> a * b, (a, b) -> a * b));
        all.add("", "Sigmoid", call -> unary(call, ElementOperators::sigmoid));
        all.add("", "Softplus", call -> unary(call, ElementOperators::softplus));
        all.add("", "Cos", call -> unary(call, StrictMath::cos));
        all.add("", "Sin", call -> unary(call, StrictMath::sin));
        all.add("", "Neg", ElementOperators::negative);
        all.add("", "Cast", ElementOperators::cast);
    }

    static double sigmoid(float x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    private static double softplus(float x) {
        // Above 20 the difference is below float32's precision, and soon exp overflows.
        return x > 20 ? x : StrictMath.log1p(StrictMath.exp(x));
    }

    private static List<Value> unary(NodeCall call, Unary f) {
        Floats x = call.floats(0);
        float[] in = x.data();
        float[] y = new float[in.length];
        call.workers()
                .forEach(
                        Math.ceilDiv(in.length, PIECE),
                        (worker, piece) -> {
                            int end = Math.min(in.length, (piece + 1) * PIECE);
                            for (int i = piece * PIECE; i < end; i++) {
                                y[i] = (float) f.of(in[i]);
                            }
                        });
        return List.of(new Floats(x.shape(), y));
    }

    private static List<Value> binary(NodeCall call, Binary f, Whole w) {
        Value a = call.value(0);
        Value b = call.value(1);
        Shape shape = broadcast(call, a.shape(), b.shape());
        int n = call.elements(shape);
        int[] sa = strides(a.shape(), shape);
        int[] sb = strides(b.shape(), shape);
        if (a instanceof Longs && b instanceof Longs) {
            Longs la = call.longs(0);
            Longs lb = call.longs(1);
            long[] y = new long[n];
            walk(shape, sa, sb, n, (i, ia, ib) -> y[i] = w.of(la.data()[ia], lb.data()[ib]));
            return List.of(new Longs(shape, y));
        }
        float[] fa = call.floats(0).data();
        float[] fb = call.floats(1).data();
        float[] y = new float[n];
        if (a.shape().equals(b.shape())) {
            for (int i = 0; i < n; i++) {
                y[i] = f.of(fa[i], fb[i]);
            }
        } else {
            walk(shape, sa, sb, n, (i, ia, ib) -> y[i] = f.of(fa[ia], fb[ib]));
        }
        return List.of(new Floats(shape, y));
    }

    private static Shape broadcast(NodeCall call, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        long[] dims = new long[rank];
        for (int i = 1; i <= rank; i++) {
            long da = i <= a.rank() ? a.dimension(a.rank() - i) : 1;
            long db = i <= b.rank() ? b.dimension(b.rank() - i) : 1;
            if (da != db && da != 1 && db != 1) {
                throw call.fail("cannot join " + a + " and " + b);
            }
            dims[rank - i] = da == 1 ? db : da;
        }
        return Shape.of(dims);
    }

    /** Steps of {@code x} along the dimensions of {@code shape}: 0 where it is repeated. */
    private static int[] strides(Shape x, Shape shape) {
        int[] strides = new int[shape.rank()];
        int stride = 1;
        for (int i = 1; i <= x.rank(); i++) {
            int size = (int) x.dimension(x.rank() - i);
            strides[strides.length - i] = size == 1 ? 0 : stride;
            stride *= size;
        }
        return strides;
    }

    private interface Step {
        void at(int i, int a, int b);
    }

    private static void walk(Shape shape, int[] sa, int[] sb, int n, Step step) {
        int[] index = new int[sa.length];
        int a = 0;
        int b = 0;
        for (int i = 0; i < n; i++) {
            step.at(i, a, b);
            for (int d = index.length - 1; d >= 0; d--) {
                a += sa[d];
                b += sb[d];
                if (++index[d] < shape.dimension(d)) {
                    break;
                }
                a -= index[d] * sa[d];
                b -= index[d] * sb[d];
                index[d] = 0;
            }
        }
    }

    private static List<Value> negative(NodeCall call) {
        long[] y = call.longs(0).data().clone();
        for (int i = 0; i < y.length; i++) {
            y[i] = -y[i];
        }
        return List.of(new Longs(call.longs(0).shape(), y));
    }

    private static List<Value> cast(NodeCall call) {
        Longs x = call.longs(0);
        int to = call.number("to", 1, 32);
        if (to == TO_FLOAT) {
            float[] y = new float[x.data().length];
            for (int i = 0; i < y.length; i++) {
                y[i] = x.data()[i];
            }
            return List.of(new Floats(x.shape(), y));
        }
        if (to != TO_INT32) {
            throw call.fail("casts to float32 or int32 here, not to type " + to);
        }
        for (long v : x.data()) {
            if (v != (int) v) {
                throw call.fail("casts " + v + " to int32");
            }
        }
        return List.of(x.as(DType.I32));
    }
}
