package pennyweight.converter.verify.onnx;

import java.util.ArrayList;
import java.util.List;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.quantizer.encoding.Plain;

/**
 * Operators on weights: products and the embedding. Com.microsoft ones as ONNX Runtime has them.
 */
final class ProductOperators {
    private ProductOperators() {}

    static void register(Operators.Registry all) {
        all.add("", "MatMul", ProductOperators::whole);
        all.add(Operators.CONTRIB, "MatMulNBits", ProductOperators::whole);
        all.add(Operators.CONTRIB, "GatherBlockQuantized", ProductOperators::gatherBlockQuantized);
    }

    /** Whether {@link #product} knows the node. */
    static boolean isProduct(NodeCall call) {
        return call.node().op().equals("MatMul") || call.node().op().equals("MatMulNBits");
    }

    private static List<Value> whole(NodeCall call) {
        Product p = product(call);
        List<Long> dims = new ArrayList<>(call.value(0).shape().dimensions());
        dims.set(dims.size() - 1, (long) p.vocabulary());
        Shape shape = new Shape(dims);
        float[] y = call.array(shape);
        p.columns(0, p.vocabulary(), y);
        return List.of(new Floats(shape, y));
    }

    /** The node's product, not yet computed. */
    static Product product(NodeCall call) {
        call.outputs(1, 1);
        Floats x = call.floats(0);
        RowSource weight = call.node().op().equals("MatMul") ? plain(call) : quantized(call);
        if (x.shape().rank() < 1 || x.shape().columns() != weight.columns()) {
            throw call.fail(
                    "multiplies " + x.shape() + " by rows of " + weight.columns() + " numbers");
        }
        return new Product(x.data(), Math.toIntExact(x.shape().rows()), weight, call.workers());
    }

    /** A matrix as Transpose leaves it; the rows of the checkpoint are its columns. */
    private static RowSource plain(NodeCall call) {
        if (call.value(1) instanceof Stored s
                && s.transposed()
                && s.dtype() == DType.F32
                && fits(s.shape())) {
            int columns = (int) s.shape().dimension(0);
            int rows = (int) s.shape().dimension(1);
            return new RowSource() {
                @Override
                public int rows() {
                    return rows;
                }

                @Override
                public int columns() {
                    return columns;
                }

                @Override
                public void read(int first, int count, float[] target) {
                    byte[] bytes = new byte[Math.multiplyExact(count * columns, Float.BYTES)];
                    s.read((long) first * columns * Float.BYTES, bytes, bytes.length);
                    Plain.Type.F32.widen(bytes, 0, target, 0, count * columns);
                }
            };
        }
        throw call.fail("wants a transposed float32 weight as input 1");
    }

    private static RowSource quantized(NodeCall call) {
        int k = call.number("K", 1, 1 << 28);
        int n = call.number("N", 1, Integer.MAX_VALUE);
        call.number("accuracy_level", 0, 4, 0);
        Blocks blocks = blocks(call, 16);
        int perRow = Math.ceilDiv(k, blocks.size());
        Stored codes = call.stored(1, DType.U8);
        check(call, 1, codes, Shape.of(n, perRow, blocks.bytes()));
        Stored scales = call.stored(2, DType.F32);
        check(call, 2, scales, Shape.of(n, perRow));
        return new BlockRows(codes, scales, n, k, blocks);
    }

    private static List<Value> gatherBlockQuantized(NodeCall call) {
        call.outputs(1, 1);
        call.number("gather_axis", 0, 0, 0);
        call.number("quantize_axis", 1, 1);
        Blocks blocks = blocks(call, 16);
        Stored codes = call.stored(0, DType.U8);
        if (codes.shape().rank() != 2
                || codes.shape().columns() % blocks.bytes() != 0
                || !fits(Shape.of(codes.shape().rows(), codes.shape().columns() * 8))) {
            throw call.fail("wants rows of whole blocks, not " + codes.shape());
        }
        int n = (int) codes.shape().rows();
        int perRow = (int) (codes.shape().columns() / blocks.bytes());
        int width = perRow * blocks.size();
        Stored scales = call.stored(2, DType.F32);
        check(call, 2, scales, Shape.of(n, perRow));
        RowSource rows = new BlockRows(codes, scales, n, width, blocks);
        Longs ids = call.longs(1);
        List<Long> dims = new ArrayList<>(ids.shape().dimensions());
        dims.add((long) width);
        Shape shape = new Shape(dims);
        float[] y = call.array(shape);
        float[] row = new float[width];
        for (int i = 0; i < ids.data().length; i++) {
            long id = ids.data()[i];
            if (id < 0 || id >= n) {
                throw call.fail("is asked for row " + id + " of " + n);
            }
            rows.read((int) id, 1, row);
            System.arraycopy(row, 0, y, i * width, width);
        }
        return List.of(new Floats(shape, y));
    }

    private static Blocks blocks(NodeCall call, int least) {
        int bits = call.number("bits", 4, 8);
        int size = call.number("block_size", least, 256);
        if ((bits != 4 && bits != 8) || Integer.bitCount(size) != 1) {
            throw call.fail("has no kernel of " + bits + " bits in blocks of " + size);
        }
        return new Blocks(bits, size);
    }

    private static void check(NodeCall call, int i, Stored weight, Shape shape) {
        if (!weight.shape().equals(shape)) {
            throw call.fail("wants " + shape + " as input " + i + ", not " + weight.shape());
        }
    }

    /** Whether indices of rows and of numbers in a row are ints. */
    private static boolean fits(Shape matrix) {
        return matrix.rows() <= Integer.MAX_VALUE && matrix.columns() <= 1 << 28;
    }
}
