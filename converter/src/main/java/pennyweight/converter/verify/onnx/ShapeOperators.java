package pennyweight.converter.verify.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.quantizer.encoding.Plain;

/** Operators that move numbers or compute with shapes; exact. ai.onnx, opset 21. */
final class ShapeOperators {
    private ShapeOperators() {}

    static void register(Operators.Registry all) {
        all.add("", "Shape", ShapeOperators::shape);
        all.add("", "Size", ShapeOperators::size);
        all.add("", "Reshape", ShapeOperators::reshape);
        all.add("", "Unsqueeze", ShapeOperators::unsqueeze);
        all.add("", "Transpose", ShapeOperators::transpose);
        all.add("", "Split", ShapeOperators::split);
        all.add("", "Slice", ShapeOperators::slice);
        all.add("", "Range", ShapeOperators::range);
        all.add("", "Gather", ShapeOperators::gather);
        all.add("", "CumSum", ShapeOperators::cumSum);
        all.add("", "ReduceSum", ShapeOperators::reduceSum);
    }

    private static List<Value> shape(NodeCall call) {
        List<Long> dims = call.value(0).shape().dimensions();
        int rank = dims.size();
        int start = clamp(call.number("start", -rank, rank, 0), rank);
        int end = clamp(call.number("end", -rank, rank, rank), rank);
        long[] part =
                dims.subList(start, Math.max(start, end)).stream().mapToLong(d -> d).toArray();
        return List.of(new Longs(Shape.of(part.length), part));
    }

    private static int clamp(int index, int rank) {
        return index < 0 ? index + rank : index;
    }

    private static List<Value> size(NodeCall call) {
        return List.of(new Longs(Shape.of(), call.value(0).shape().elements()));
    }

    private static List<Value> reshape(NodeCall call) {
        Value x = call.value(0);
        if (x instanceof Stored s && s.transposed()) {
            throw call.fail("takes no transposed weight");
        }
        long[] to = call.longs(1).data().clone();
        call.number("allowzero", 0, 0, 0);
        long known = 1;
        int unknown = -1;
        for (int i = 0; i < to.length; i++) {
            if (to[i] == 0 && i < x.shape().rank()) {
                to[i] = x.shape().dimension(i);
            }
            if (to[i] == -1 && unknown < 0) {
                unknown = i;
            } else if (to[i] < 0 || (to[i] > 0 && known > Long.MAX_VALUE / to[i])) {
                throw call.fail("has the impossible shape " + Arrays.toString(to));
            } else {
                known *= to[i];
            }
        }
        if (unknown >= 0) {
            to[unknown] = known == 0 ? 0 : x.shape().elements() / known;
            known *= to[unknown];
        }
        if (known != x.shape().elements()) {
            throw call.fail("cannot make " + Arrays.toString(to) + " of " + x.shape());
        }
        return List.of(x.reshaped(Shape.of(to)));
    }

    private static List<Value> unsqueeze(NodeCall call) {
        Value x = call.value(0);
        long[] axes = call.longs(1).data();
        int rank = x.shape().rank() + axes.length;
        Set<Integer> at = new HashSet<>();
        for (long axis : axes) {
            if (!at.add(call.axis(axis, rank))) {
                throw call.fail("has an axis twice");
            }
        }
        List<Long> dims = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < rank; i++) {
            dims.add(at.contains(i) ? 1L : x.shape().dimension(next++));
        }
        return List.of(x.reshaped(new Shape(dims)));
    }

    private static List<Value> transpose(NodeCall call) {
        List<Long> perm = call.numbers("perm");
        Value x = call.value(0);
        int rank = x.shape().rank();
        if (perm.size() != rank || !new HashSet<>(perm).equals(longs(rank))) {
            throw call.fail("cannot order " + rank + " dimensions as " + perm);
        }
        if (x instanceof Stored s && perm.equals(List.of(1L, 0L))) {
            return List.of(s.transpose());
        }
        Floats f = call.floats(0);
        long[] to = new long[rank];
        int[] strides = new int[rank];
        int[] from = strides(f.shape());
        for (int i = 0; i < rank; i++) {
            int source = perm.get(i).intValue();
            to[i] = f.shape().dimension(source);
            strides[i] = from[source];
        }
        Shape shape = Shape.of(to);
        return List.of(new Floats(shape, pick(f.data(), 0, shape, strides)));
    }

    private static Set<Long> longs(int n) {
        return new HashSet<>(LongStream.range(0, n).boxed().toList());
    }

    private static int[] strides(Shape shape) {
        int[] strides = new int[shape.rank()];
        int stride = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= (int) shape.dimension(i);
        }
        return strides;
    }

    /** Numbers {@code x[start + sum_i index_i * strides_i]} over all indices of {@code shape}. */
    private static float[] pick(float[] x, int start, Shape shape, int[] strides) {
        float[] y = new float[(int) shape.elements()];
        int[] index = new int[strides.length];
        int at = start;
        for (int i = 0; i < y.length; i++) {
            y[i] = x[at];
            for (int d = index.length - 1; d >= 0; d--) {
                at += strides[d];
                if (++index[d] < shape.dimension(d)) {
                    break;
                }
                at -= index[d] * strides[d];
                index[d] = 0;
            }
        }
        return y;
    }

    private static List<Value> split(NodeCall call) {
        Floats x = call.floats(0);
        long[] sizes = call.longs(1).data();
        int rank = x.shape().rank();
        int axis = call.axis(call.number("axis", -rank, rank - 1, 0), rank);
        call.outputs(sizes.length, sizes.length);
        long sum = 0;
        for (long size : sizes) {
            sum = size < 0 || size > x.shape().dimension(axis) ? -1 : sum + size;
            if (sum < 0) {
                break;
            }
        }
        if (sum != x.shape().dimension(axis)) {
            throw call.fail("cannot cut " + x.shape() + " into " + Arrays.toString(sizes));
        }
        List<Value> pieces = new ArrayList<>();
        int start = 0;
        for (long size : sizes) {
            List<Long> dims = new ArrayList<>(x.shape().dimensions());
            dims.set(axis, size);
            int[] strides = strides(x.shape());
            Shape shape = new Shape(dims);
            pieces.add(new Floats(shape, pick(x.data(), start * strides[axis], shape, strides)));
            start += (int) size;
        }
        return pieces;
    }

    /** Of integers, along one axis, with step 1. */
    private static List<Value> slice(NodeCall call) {
        Longs x = call.longs(0);
        int axis = call.axis(call.scalar(3), x.shape().rank());
        long size = x.shape().dimension(axis);
        long start = within(call.scalar(1), size);
        long count = Math.max(0, within(call.scalar(2), size) - start);
        List<Long> dims = new ArrayList<>(x.shape().dimensions());
        dims.set(axis, count);
        Shape shape = new Shape(dims);
        int inner = strides(x.shape())[axis];
        long[] y = new long[call.elements(shape)];
        int run = (int) count * inner;
        for (int i = 0; run > 0 && i < y.length / run; i++) {
            int from = (int) (i * size + start) * inner;
            System.arraycopy(x.data(), from, y, i * run, run);
        }
        return List.of(new Longs(shape, y));
    }

    private static long within(long index, long size) {
        return Math.clamp(index < 0 ? index + size : index, 0, size);
    }

    private static List<Value> range(NodeCall call) {
        long start = call.scalar(0);
        long limit = call.scalar(1);
        if (call.scalar(2) != 1 || start != 0) {
            throw call.fail("counts from 0 by 1 here, not from " + start);
        }
        Shape shape = Shape.of(Math.max(0, limit));
        long[] y = new long[call.elements(shape)];
        Arrays.setAll(y, i -> i);
        return List.of(new Longs(shape, y));
    }

    private static List<Value> gather(NodeCall call) {
        Longs at = call.longs(1);
        if (call.value(0) instanceof Longs) {
            Longs list = call.longs(0);
            call.number("axis", 0, 0, 0);
            if (list.shape().rank() != 1) {
                throw call.fail("takes integers from a list alone, not " + list.shape());
            }
            long[] y = new long[at.data().length];
            for (int i = 0; i < y.length; i++) {
                y[i] = list.data()[index(call, at.data()[i], list.data().length)];
            }
            return List.of(new Longs(at.shape(), y));
        }
        call.number("axis", 0, 0, 0);
        Stored table = call.stored(0, DType.F32);
        if (table.shape().rank() != 2) {
            throw call.fail("takes rows of a matrix, not of " + table.shape());
        }
        List<Long> dims = new ArrayList<>(at.shape().dimensions());
        dims.add(table.shape().columns());
        Shape shape = new Shape(dims);
        float[] y = call.array(shape);
        int width = (int) table.shape().columns();
        byte[] row = new byte[Math.multiplyExact(width, Float.BYTES)];
        for (int i = 0; i < at.data().length; i++) {
            long id = index(call, at.data()[i], table.shape().rows());
            table.read(id * row.length, row, row.length);
            Plain.Type.F32.widen(row, 0, y, i * width, width);
        }
        return List.of(new Floats(shape, y));
    }

    private static int index(NodeCall call, long index, long size) {
        if (index < -size || index >= size) {
            throw call.fail("is asked for " + index + " of " + size);
        }
        return Math.toIntExact(index < 0 ? index + size : index);
    }

    private static List<Value> cumSum(NodeCall call) {
        Longs x = call.longs(0);
        call.number("exclusive", 0, 0, 0);
        call.number("reverse", 0, 0, 0);
        int axis = call.axis(call.scalar(1), x.shape().rank());
        int inner = strides(x.shape())[axis];
        long[] y = x.data().clone();
        for (int i = 0; i < y.length; i++) {
            if (i / inner % x.shape().dimension(axis) != 0) {
                y[i] += y[i - inner];
            }
        }
        return List.of(new Longs(x.shape(), y));
    }

    private static List<Value> reduceSum(NodeCall call) {
        Longs x = call.longs(0);
        call.number("noop_with_empty_axes", 0, 0, 0);
        boolean keep = call.number("keepdims", 0, 1, 1) == 1;
        int axis = call.axis(call.scalar(1), x.shape().rank());
        int inner = strides(x.shape())[axis];
        int size = (int) x.shape().dimension(axis);
        List<Long> dims = new ArrayList<>(x.shape().dimensions());
        dims.set(axis, 1L);
        long[] y = new long[call.elements(new Shape(dims))];
        for (int i = 0; i < x.data().length; i++) {
            y[i / (inner * size) * inner + i % inner] += x.data()[i];
        }
        if (!keep) {
            dims.remove(axis);
        }
        return List.of(new Longs(new Shape(dims), y));
    }
}
