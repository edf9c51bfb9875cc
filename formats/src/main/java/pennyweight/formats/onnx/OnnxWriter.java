package pennyweight.formats.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import pennyweight.formats.io.OutputFile;

/**
 * Writes the graph of an ONNX model; field numbers as in ONNX's {@code onnx.proto}. The weights of
 * external tensors are not written here: whoever has them writes the sidecar.
 */
public final class OnnxWriter {
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private OnnxWriter() {}

    /**
     * Writes {@code model} as the new file {@code path}.
     *
     * @throws pennyweight.formats.Refusal if the file exists or cannot be written
     */
    public static void write(OnnxModel model, Path path) {
        byte[] bytes = toBytes(model);
        try (OutputFile file = OutputFile.create(path, bytes.length)) {
            file.write(0, bytes, 0, bytes.length);
            file.sync();
        }
    }

    /** The bytes of the file; the same model gives the same bytes. */
    public static byte[] toBytes(OnnxModel m) {
        return message(out -> {
            out.writeInt64(1, m.irVersion());
            out.writeString(2, m.producerName());
            out.writeString(3, m.producerVersion());
            nested(out, 7, graph(m.graph()));
            opsets(out, 8, m.opsets());
            for (Map.Entry<String, String> e : m.metadataProps().entrySet()) {
                nested(out, 14, entry(e.getKey(), e.getValue()));
            }
            for (OnnxFunction f : m.functions()) {
                nested(out, 25, function(f));
            }
        });
    }

    private static Fields graph(OnnxGraph g) {
        return out -> {
            nodes(out, 1, g.nodes());
            out.writeString(2, g.name());
            for (OnnxTensor t : g.initializers()) {
                nested(out, 5, tensor(t));
            }
            for (OnnxValueInfo v : g.inputs()) {
                nested(out, 11, valueInfo(v));
            }
            for (OnnxValueInfo v : g.outputs()) {
                nested(out, 12, valueInfo(v));
            }
        };
    }

    private static Fields function(OnnxFunction f) {
        return out -> {
            out.writeString(1, f.name());
            strings(out, 4, f.inputs());
            strings(out, 5, f.outputs());
            strings(out, 6, f.attributes());
            nodes(out, 7, f.nodes());
            opsets(out, 9, f.opsets());
            out.writeString(10, f.domain());
        };
    }

    private static void nodes(CodedOutputStream out, int field, List<OnnxNode> nodes)
            throws IOException {
        for (OnnxNode n : nodes) {
            nested(
                    out,
                    field,
                    o -> {
                        strings(o, 1, n.inputs());
                        strings(o, 2, n.outputs());
                        o.writeString(3, n.name());
                        o.writeString(4, n.op());
                        for (OnnxAttribute a : n.attributes()) {
                            nested(o, 5, attribute(a));
                        }
                        o.writeString(7, n.domain());
                    });
        }
    }

    private static Fields attribute(OnnxAttribute attribute) {
        return out -> {
            out.writeString(1, attribute.name());
            int type =
                    switch (attribute) {
                        case OnnxAttribute.FloatValue a -> {
                            out.writeFloat(2, a.value());
                            yield OnnxTypes.FLOAT;
                        }
                        case OnnxAttribute.IntValue a -> {
                            out.writeInt64(3, a.value());
                            yield OnnxTypes.INT;
                        }
                        case OnnxAttribute.StringValue a -> {
                            out.writeByteArray(4, a.value().getBytes(StandardCharsets.UTF_8));
                            yield OnnxTypes.STRING;
                        }
                        case OnnxAttribute.TensorValue a -> {
                            nested(out, 5, tensor(a.value()));
                            yield OnnxTypes.TENSOR;
                        }
                        case OnnxAttribute.GraphValue a -> {
                            nested(out, 6, graph(a.value()));
                            yield OnnxTypes.GRAPH;
                        }
                        case OnnxAttribute.FloatsValue a -> {
                            for (float f : a.values()) {
                                out.writeFloat(7, f);
                            }
                            yield OnnxTypes.FLOATS;
                        }
                        case OnnxAttribute.IntsValue a -> {
                            for (long i : a.values()) {
                                out.writeInt64(8, i);
                            }
                            yield OnnxTypes.INTS;
                        }
                    };
            out.writeInt32(20, type);
        };
    }

    private static Fields tensor(OnnxTensor t) {
        return out -> {
            for (long d : t.shape().dimensions()) {
                out.writeInt64(1, d);
            }
            out.writeInt32(2, OnnxTypes.code(t.dtype()));
            out.writeString(8, t.name());
            switch (t.data()) {
                case OnnxData.Inline d -> {
                    ByteBuffer b = d.bytes().buffer();
                    byte[] raw = new byte[b.remaining()];
                    b.get(raw);
                    out.writeByteArray(9, raw);
                }
                case OnnxData.External d -> {
                    nested(out, 13, entry("location", d.location()));
                    nested(out, 13, entry("offset", Long.toString(d.offset())));
                    nested(out, 13, entry("length", Long.toString(d.length())));
                    out.writeInt32(14, 1);
                }
            }
        };
    }

    private static Fields valueInfo(OnnxValueInfo v) {
        Fields shape =
                out -> {
                    for (OnnxDimension dimension : v.dimensions()) {
                        nested(
                                out,
                                1,
                                o -> {
                                    switch (dimension) {
                                        case OnnxDimension.Fixed d -> o.writeInt64(1, d.size());
                                        case OnnxDimension.Symbol d -> {
                                            if (!d.name().isEmpty()) {
                                                o.writeString(2, d.name());
                                            }
                                        }
                                    }
                                });
                    }
                };
        Fields tensorType =
                out -> {
                    out.writeInt32(1, OnnxTypes.code(v.dtype()));
                    nested(out, 2, shape);
                };
        return out -> {
            out.writeString(1, v.name());
            nested(out, 2, o -> nested(o, 1, tensorType));
        };
    }

    private static void opsets(CodedOutputStream out, int field, List<OnnxOpset> opsets)
            throws IOException {
        for (OnnxOpset s : opsets) {
            nested(
                    out,
                    field,
                    o -> {
                        o.writeString(1, s.domain());
                        o.writeInt64(2, s.version());
                    });
        }
    }

    private static Fields entry(String key, String value) {
        return out -> {
            out.writeString(1, key);
            out.writeString(2, value);
        };
    }

    private static void strings(CodedOutputStream out, int field, List<String> values)
            throws IOException {
        for (String s : values) {
            out.writeString(field, s);
        }
    }

    private static void nested(CodedOutputStream out, int field, Fields fields) throws IOException {
        out.writeByteArray(field, message(fields));
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return bytes.toByteArray();
    }
}
