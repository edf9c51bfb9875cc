package pennyweight.converter.target.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import pennyweight.converter.model.Model;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.onnx.OnnxData;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.MatMulNBits;
import pennyweight.quantizer.encoding.Plain;

/**
 * Where the weights of the text decoder lie in the sidecar: in the order of {@link Model#tensors},
 * each plane on a page of its own, so that a runtime can map it.
 */
final class WeightPlaces {
    /** ONNX's external data rules want multiples of 4096. */
    private static final long PAGE = 4096;

    private final Map<Role, Encoding> encodings = new HashMap<>();
    private final Map<Role, Shape> shapes = new HashMap<>();
    private final Map<Role, List<Placed>> planes = new HashMap<>();
    private final List<Placed> all = new ArrayList<>();
    private long end;

    WeightPlaces(Model model, Function<Role, Encoding> stored) {
        for (TensorSpec spec : model.tensors()) {
            if (spec.role().scope() == Scope.TEXT) {
                place(spec, stored.apply(spec.role()));
            }
        }
    }

    private void place(TensorSpec spec, Encoding encoding) {
        Role role = spec.role();
        Shape shape = spec.shape();
        encodings.put(role, encoding);
        shapes.put(role, shape);
        planes.put(role, new ArrayList<>());
        switch (encoding) {
            case Plain(Plain.Type type) when type == Plain.Type.F32 ->
                    place(role, 0, OnnxNames.name(role), DType.F32, shape);
            case MatMulNBits(int bits, int block) when shape.rank() == 2 -> {
                long blocks = Math.ceilDiv(shape.columns(), (long) block);
                Shape codes = Shape.of(shape.rows(), blocks, (long) block * bits / 8);
                place(role, 0, OnnxNames.name(role, 0), DType.U8, codes);
                Shape scales = Shape.of(shape.rows(), blocks);
                place(role, 1, OnnxNames.name(role, 1), DType.F32, scales);
            }
            default ->
                    throw new IllegalArgumentException(
                            "an ONNX decoder cannot hold " + role + " as " + encoding.label());
        }
    }

    private void place(Role role, int plane, String name, DType dtype, Shape shape) {
        long offset = Math.multiplyExact(Math.ceilDiv(end, PAGE), PAGE);
        long bytes = Math.multiplyExact(shape.elements(), dtype.bytes());
        Placed placed = new Placed(role, plane, name, dtype, shape, offset, bytes);
        at(planes, role).add(placed);
        all.add(placed);
        end = Math.addExact(offset, bytes);
    }

    Encoding encoding(Role role) {
        return at(encodings, role);
    }

    /** As Hugging Face has it. */
    Shape shape(Role role) {
        return at(shapes, role);
    }

    /** The initializer's name of one plane. */
    String name(Role role, int plane) {
        return at(planes, role).get(plane).name();
    }

    List<Placed> all() {
        return List.copyOf(all);
    }

    /** Length of the sidecar. */
    long bytes() {
        return end;
    }

    List<OnnxTensor> initializers(String dataFileName) {
        return all.stream()
                .map(p ->
                        new OnnxTensor(
                                p.name(),
                                p.dtype(),
                                p.shape(),
                                new OnnxData.External(dataFileName, p.offset(), p.bytes())))
                .toList();
    }

    private static <V> V at(Map<Role, V> map, Role role) {
        V value = map.get(role);
        if (value == null) {
            throw new IllegalArgumentException("the model has no tensor " + role);
        }
        return value;
    }
}
