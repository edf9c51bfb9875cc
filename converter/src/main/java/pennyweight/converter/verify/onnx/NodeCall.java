package pennyweight.converter.verify.onnx;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.work.Workers;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.quantizer.encoding.Plain;

/**
 * One evaluation of a node: its inputs and attributes by what its operator wants of them. An input
 * or attribute that the operator did not ask for is refused, since it would mean something to a
 * runtime.
 */
final class NodeCall {
    /** A weight that is used whole (a norm, a convolution) is far smaller. */
    private static final long LARGEST_WHOLE = 1 << 24;

    /** Activations beyond this are a broken graph, or more tokens than memory holds. */
    private static final long LARGEST_VALUE = 1 << 29;

    private final Path file;
    private final OnnxNode node;
    private final List<Optional<Value>> inputs;
    private final Workers workers;
    private final BitSet askedInputs = new BitSet();
    private final Set<String> askedAttributes = new HashSet<>();

    NodeCall(Path file, OnnxNode node, List<Optional<Value>> inputs, Workers workers) {
        this.file = file;
        this.node = node;
        this.inputs = inputs;
        this.workers = workers;
    }

    OnnxNode node() {
        return node;
    }

    Workers workers() {
        return workers;
    }

    /** Throws unless the operator has asked for all that the node has. */
    void checkAllAsked() {
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).isPresent() && !askedInputs.get(i)) {
                throw fail("takes no input " + i);
            }
        }
        for (OnnxAttribute a : node.attributes()) {
            if (!askedAttributes.contains(a.name())) {
                throw fail("has no attribute " + a.name());
            }
        }
    }

    Optional<Value> optional(int i) {
        askedInputs.set(i);
        return i < inputs.size() ? inputs.get(i) : Optional.empty();
    }

    Value value(int i) {
        return optional(i).orElseThrow(() -> fail("misses its input " + i));
    }

    Floats floats(int i) {
        return floats(i, value(i));
    }

    Optional<Floats> optionalFloats(int i) {
        return optional(i).map(v -> floats(i, v));
    }

    private Floats floats(int i, Value value) {
        return switch (value) {
            case Floats f -> f;
            case Stored s when s.dtype() == DType.F32 && !s.transposed() -> load(s);
            default -> throw fail("wants float32 as input " + i);
        };
    }

    private Floats load(Stored s) {
        long elements = s.shape().elements();
        if (elements > LARGEST_WHOLE) {
            throw fail("takes no tensor as large as " + s.name() + ' ' + s.shape());
        }
        int n = (int) elements;
        byte[] bytes = new byte[n * Float.BYTES];
        s.read(0, bytes, bytes.length);
        float[] data = new float[n];
        Plain.Type.F32.widen(bytes, 0, data, 0, n);
        return new Floats(s.shape(), data);
    }

    /** Floats of {@code rank} dimensions. */
    Floats floats(int i, int rank) {
        Floats f = floats(i);
        if (f.shape().rank() != rank) {
            throw fail("wants " + rank + " dimensions as input " + i + ", not " + f.shape());
        }
        return f;
    }

    /** Floats of a certain shape. */
    Floats floats(int i, Shape shape) {
        Floats f = floats(i);
        return expect(i, f, shape);
    }

    Floats expect(int i, Floats f, Shape shape) {
        if (!f.shape().equals(shape)) {
            throw fail("wants " + shape + " as input " + i + ", not " + f.shape());
        }
        return f;
    }

    /** Integers of type int64. */
    Longs longs(int i) {
        return longs(i, DType.I64);
    }

    Longs longs(int i, DType dtype) {
        if (value(i) instanceof Longs l && l.dtype() == dtype) {
            return l;
        }
        throw fail("wants " + dtype + " in memory as input " + i);
    }

    /** The only number of an int64 input. */
    long scalar(int i) {
        return single(i, longs(i));
    }

    /** The only number of an int32 input of that shape. */
    long int32(int i, Shape shape) {
        Longs l = longs(i, DType.I32);
        if (!l.shape().equals(shape)) {
            throw fail("wants " + shape + " as input " + i + ", not " + l.shape());
        }
        return single(i, l);
    }

    private long single(int i, Longs l) {
        if (l.data().length != 1) {
            throw fail("wants one number as input " + i + ", not " + l.shape());
        }
        return l.data()[0];
    }

    /** A weight of the sidecar, as it lies there. */
    Stored stored(int i, DType dtype) {
        if (value(i) instanceof Stored s && s.dtype() == dtype && !s.transposed()) {
            return s;
        }
        throw fail("wants a weight of type " + dtype + " as input " + i);
    }

    private @Nullable OnnxAttribute attribute(String name) {
        askedAttributes.add(name);
        OnnxAttribute found = null;
        for (OnnxAttribute a : node.attributes()) {
            if (a.name().equals(name)) {
                if (found != null) {
                    throw fail("has the attribute " + name + " twice");
                }
                found = a;
            }
        }
        return found;
    }

    /** An integer attribute between two bounds, both allowed. */
    int number(String name, int least, int most) {
        if (attribute(name) instanceof OnnxAttribute.IntValue a) {
            if (a.value() < least || a.value() > most) {
                throw fail("has " + name + " = " + a.value() + ", outside " + least + ".." + most);
            }
            return (int) a.value();
        }
        throw fail("misses its integer attribute " + name);
    }

    int number(String name, int least, int most, int whenAbsent) {
        return attribute(name) == null ? whenAbsent : number(name, least, most);
    }

    /** A finite number. */
    float real(String name) {
        if (attribute(name) instanceof OnnxAttribute.FloatValue f && Float.isFinite(f.value())) {
            return f.value();
        }
        throw fail("misses its finite number " + name);
    }

    float real(String name, float whenAbsent) {
        return attribute(name) == null ? whenAbsent : real(name);
    }

    String text(String name, String whenAbsent) {
        OnnxAttribute a = attribute(name);
        if (a == null) {
            return whenAbsent;
        }
        if (a instanceof OnnxAttribute.StringValue s) {
            return s.value();
        }
        throw fail("wants a string as attribute " + name);
    }

    List<Long> numbers(String name) {
        if (attribute(name) instanceof OnnxAttribute.IntsValue a) {
            return a.values();
        }
        throw fail("misses its list of integers " + name);
    }

    /** Index of an axis; negative ones count from behind. */
    int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw fail("has no axis " + axis + " among " + rank + " dimensions");
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** An array for a result. */
    float[] array(Shape shape) {
        return new float[elements(shape)];
    }

    int elements(Shape shape) {
        long n = 1;
        for (long d : shape.dimensions()) {
            n = d > 0 && n > LARGEST_VALUE / d ? LARGEST_VALUE + 1 : n * d;
        }
        if (n > LARGEST_VALUE) {
            throw fail("would make a value as large as " + shape);
        }
        return (int) n;
    }

    /** Exactly as many outputs as the operator makes, the first ones named. */
    void outputs(int least, int most) {
        int n = node.outputs().size();
        if (n < least || n > most) {
            throw fail("makes " + least + ".." + most + " values, not " + n);
        }
    }

    Refusal fail(String problem) {
        return fail(file, node, problem);
    }

    static Refusal fail(Path file, OnnxNode node, String problem) {
        return Refusal.badInput(
                file,
                "node " + printable(node.name()) + " (" + printable(node.op()) + ") " + problem,
                "write the file again");
    }

    static String printable(String name) {
        String line = name.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 200 ? line : line.substring(0, 200) + "...";
    }
}
