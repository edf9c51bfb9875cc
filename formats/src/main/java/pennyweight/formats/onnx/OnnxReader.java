package pennyweight.formats.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import pennyweight.formats.Bytes;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.InputFile;

/**
 * Reads the graph of an ONNX file that nobody vouches for; field numbers as in ONNX's {@code
 * onnx.proto}. Unknown fields are skipped, as protobuf wants it. After reading, every tensor has as
 * many bytes as its shape and type say, and those of a sidecar lie inside it.
 */
public final class OnnxReader {
    /** Graphs are some megabytes; one with the weights inside is not ours to evaluate. */
    private static final long LARGEST_GRAPH = 64L << 20;

    private final Path file;
    private final ProtoReader in;
    private final Sidecars sidecars;

    private OnnxReader(Path file, byte[] bytes) {
        this.file = file;
        this.in = new ProtoReader(file, bytes);
        this.sidecars = new Sidecars(file);
    }

    /**
     * Reads a graph; the sidecars that it names are looked up beside it, and only measured.
     *
     * @throws Refusal if the file is missing, broken, too large, or lies about a tensor
     */
    public static OnnxModel read(Path file) {
        byte[] bytes;
        try (InputFile input = InputFile.open(file)) {
            if (input.size() > LARGEST_GRAPH) {
                throw Refusal.notSupported(
                        file,
                        "has " + input.size() + " bytes, more than a graph without weights has",
                        "keep the weights in a sidecar (external data)");
            }
            bytes = input.read(0, (int) input.size());
        }
        return parse(file, bytes);
    }

    /** Reads the bytes that {@code file} holds or will hold; sidecars are looked up beside it. */
    public static OnnxModel parse(Path file, byte[] bytes) {
        return new OnnxReader(file, bytes).model();
    }

    private OnnxModel model() {
        var model =
                new Object() {
                    long ir;
                    String producer = "";
                    String version = "";
                    @Nullable OnnxGraph graph;
                };
        List<OnnxOpset> opsets = new ArrayList<>();
        List<OnnxFunction> functions = new ArrayList<>();
        Map<String, String> props = new LinkedHashMap<>();
        in.fields(field -> {
            switch (field) {
                case 1 -> model.ir = in.varint();
                case 2 -> model.producer = in.text();
                case 3 -> model.version = in.text();
                case 7 -> model.graph = graph();
                case 8 -> opsets.add(opset());
                case 14 -> entry(props);
                case 25 -> functions.add(function());
                default -> in.skip();
            }
        });
        OnnxGraph graph = model.graph;
        if (graph == null) {
            throw in.refuse("it has no graph");
        }
        return new OnnxModel(
                model.ir, model.producer, model.version, opsets, graph, functions, props);
    }

    private OnnxGraph graph() {
        List<OnnxNode> nodes = new ArrayList<>();
        List<OnnxTensor> initializers = new ArrayList<>();
        List<OnnxValueInfo> inputs = new ArrayList<>();
        List<OnnxValueInfo> outputs = new ArrayList<>();
        String[] name = {""};
        in.message(field -> {
            switch (field) {
                case 1 -> nodes.add(node());
                case 2 -> name[0] = in.text();
                case 5 -> initializers.add(tensor());
                case 11 -> inputs.add(valueInfo());
                case 12 -> outputs.add(valueInfo());
                case 15 -> throw in.refuse("sparse tensors are not supported");
                default -> in.skip();
            }
        });
        return new OnnxGraph(name[0], nodes, initializers, inputs, outputs);
    }

    private OnnxFunction function() {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<String> attributes = new ArrayList<>();
        List<OnnxNode> nodes = new ArrayList<>();
        List<OnnxOpset> opsets = new ArrayList<>();
        String[] names = {"", ""};
        in.message(field -> {
            switch (field) {
                case 1 -> names[0] = in.text();
                case 4 -> inputs.add(in.text());
                case 5 -> outputs.add(in.text());
                case 6 -> attributes.add(in.text());
                case 7 -> nodes.add(node());
                case 9 -> opsets.add(opset());
                case 10 -> names[1] = in.text();
                case 11 -> throw in.refuse("attribute defaults are not supported");
                default -> in.skip();
            }
        });
        return new OnnxFunction(names[1], names[0], inputs, outputs, attributes, nodes, opsets);
    }

    private OnnxNode node() {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<OnnxAttribute> attributes = new ArrayList<>();
        String[] names = {"", "", ""};
        in.message(field -> {
            switch (field) {
                case 1 -> inputs.add(in.text());
                case 2 -> outputs.add(in.text());
                case 3 -> names[0] = in.text();
                case 4 -> names[1] = in.text();
                case 5 -> attributes.add(attribute());
                case 7 -> names[2] = in.text();
                default -> in.skip();
            }
        });
        return new OnnxNode(names[1], names[2], names[0], inputs, outputs, attributes);
    }

    private OnnxAttribute attribute() {
        var a =
                new Object() {
                    String name = "";
                    long type;
                    float f;
                    long i;
                    byte[] s = {};
                    @Nullable OnnxTensor t;
                    @Nullable OnnxGraph g;
                };
        List<Float> floats = new ArrayList<>();
        List<Long> ints = new ArrayList<>();
        in.message(field -> {
            switch (field) {
                case 1 -> a.name = in.text();
                case 2 -> a.f = in.fixed32();
                case 3 -> a.i = in.varint();
                case 4 -> a.s = in.bytes();
                case 5 -> a.t = tensor();
                case 6 -> a.g = graph();
                case 7 -> in.floats(floats);
                case 8 -> in.longs(ints);
                case 20 -> a.type = in.varint();
                case 21 -> throw in.refuse("attribute references are not supported");
                default -> in.skip();
            }
        });
        OnnxTensor t = a.t;
        OnnxGraph g = a.g;
        if (a.type == OnnxTypes.TENSOR && t != null) {
            return new OnnxAttribute.TensorValue(a.name, t);
        }
        if (a.type == OnnxTypes.GRAPH && g != null) {
            return new OnnxAttribute.GraphValue(a.name, g);
        }
        return switch (Math.clamp(a.type, 0, Integer.MAX_VALUE)) {
            case OnnxTypes.FLOAT -> new OnnxAttribute.FloatValue(a.name, a.f);
            case OnnxTypes.INT -> new OnnxAttribute.IntValue(a.name, a.i);
            case OnnxTypes.STRING -> new OnnxAttribute.StringValue(a.name, utf8(a.s));
            case OnnxTypes.FLOATS -> new OnnxAttribute.FloatsValue(a.name, floats);
            case OnnxTypes.INTS -> new OnnxAttribute.IntsValue(a.name, ints);
            default -> throw in.refuse("attribute " + a.name + " has the unknown type " + a.type);
        };
    }

    private String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw Refusal.badInput(file, "holds text that is no UTF-8", Sidecars.WRITE_AGAIN, e);
        }
    }

    private OnnxTensor tensor() {
        var t =
                new Object() {
                    String name = "";
                    long type;
                    byte @Nullable [] raw;
                    boolean external;
                };
        List<Long> dims = new ArrayList<>();
        List<Float> floats = new ArrayList<>();
        List<Long> ints = new ArrayList<>();
        List<Long> longs = new ArrayList<>();
        Map<String, String> where = new LinkedHashMap<>();
        in.message(field -> {
            switch (field) {
                case 1 -> in.longs(dims);
                case 2 -> t.type = in.varint();
                case 4 -> in.floats(floats);
                case 5 -> in.longs(ints);
                case 7 -> in.longs(longs);
                case 8 -> t.name = in.text();
                case 9 -> t.raw = in.bytes();
                case 13 -> entry(where);
                case 14 -> t.external = in.varint() == 1;
                default -> in.skip();
            }
        });
        DType dtype = dtype(t.type, "tensor " + t.name);
        long bytes = length(t.name, dims, dtype);
        Shape shape = new Shape(dims);
        if (t.external) {
            return new OnnxTensor(t.name, dtype, shape, sidecars.place(t.name, where, bytes));
        }
        byte[] data = t.raw != null ? t.raw : typed(dtype, floats, ints, longs);
        if (data.length != bytes) {
            throw bad(
                    t.name,
                    shape + " of " + dtype + " needs " + bytes + ", not " + data.length + " bytes");
        }
        return new OnnxTensor(t.name, dtype, shape, new OnnxData.Inline(Bytes.of(data)));
    }

    /** The lists by type that a tensor may have instead of raw bytes. */
    private static byte[] typed(
            DType dtype, List<Float> floats, List<Long> ints, List<Long> longs) {
        int n = floats.size() + ints.size() + longs.size();
        ByteBuffer b =
                ByteBuffer.allocate(Math.multiplyExact(n, dtype.bytes()))
                        .order(ByteOrder.LITTLE_ENDIAN);
        switch (dtype) {
            case F32 -> floats.forEach(b::putFloat);
            case I64 -> longs.forEach(b::putLong);
            case I32 -> ints.forEach(i -> b.putInt(i.intValue()));
            case F16, BF16, I16, U16 -> ints.forEach(i -> b.putShort(i.shortValue()));
            case I8, U8, BOOL, F8_E4M3, F8_E5M2, F8_E8M0 -> ints.forEach(i -> b.put(i.byteValue()));
            case F64, U32, U64 -> {
                return new byte[0];
            }
        }
        byte[] data = new byte[b.position()];
        b.flip().get(data);
        return data;
    }

    private long length(String tensor, List<Long> dims, DType dtype) {
        long n = dtype.bytes();
        for (long d : dims) {
            if (d < 0 || (d > 0 && n > Long.MAX_VALUE / d)) {
                throw bad(tensor, "has the impossible shape " + dims);
            }
            n *= d;
        }
        return n;
    }

    private OnnxValueInfo valueInfo() {
        var v =
                new Object() {
                    String name = "";
                    long type;
                    boolean shaped;
                };
        List<OnnxDimension> dims = new ArrayList<>();
        in.message(field -> {
            switch (field) {
                case 1 -> v.name = in.text();
                case 2 ->
                        in.message(kind -> {
                            if (kind != 1) {
                                throw in.refuse("a value is no tensor");
                            }
                            in.message(part -> {
                                switch (part) {
                                    case 1 -> v.type = in.varint();
                                    case 2 -> {
                                        v.shaped = true;
                                        shape(dims);
                                    }
                                    default -> in.skip();
                                }
                            });
                        });
                default -> in.skip();
            }
        });
        if (!v.shaped) {
            throw in.refuse("value " + v.name + " has no shape");
        }
        return new OnnxValueInfo(v.name, dtype(v.type, "value " + v.name), dims);
    }

    private void shape(List<OnnxDimension> dims) {
        in.message(field -> {
            if (field == 1) {
                dims.add(dimension());
            } else {
                in.skip();
            }
        });
    }

    private OnnxDimension dimension() {
        OnnxDimension[] dimension = {OnnxDimension.of("")};
        in.message(field -> {
            switch (field) {
                case 1 -> dimension[0] = OnnxDimension.of(in.varint());
                case 2 -> dimension[0] = OnnxDimension.of(in.text());
                default -> in.skip();
            }
        });
        if (dimension[0] instanceof OnnxDimension.Fixed(long size) && size < 0) {
            throw in.refuse("a dimension is negative");
        }
        return dimension[0];
    }

    private OnnxOpset opset() {
        String[] domain = {""};
        long[] version = {0};
        in.message(field -> {
            switch (field) {
                case 1 -> domain[0] = in.text();
                case 2 -> version[0] = in.varint();
                default -> in.skip();
            }
        });
        return new OnnxOpset(domain[0], version[0]);
    }

    private void entry(Map<String, String> to) {
        String[] pair = {"", ""};
        in.message(field -> {
            if (field == 1 || field == 2) {
                pair[field - 1] = in.text();
            } else {
                in.skip();
            }
        });
        if (to.put(pair[0], pair[1]) != null) {
            throw in.refuse("the key " + Sidecars.printable(pair[0]) + " is there twice");
        }
    }

    private DType dtype(long code, String what) {
        Optional<DType> dtype = OnnxTypes.dtype(code);
        return dtype.orElseThrow(() ->
                Refusal.notSupported(
                        file,
                        Sidecars.printable(what) + " has the data type " + code,
                        "use plain types of whole bytes"));
    }

    private Refusal bad(String tensor, String problem) {
        return Refusal.badTensor(file, Sidecars.printable(tensor), problem, Sidecars.WRITE_AGAIN);
    }
}
