package pennyweight.formats.onnx;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import pennyweight.formats.Refusal;

/**
 * Reads the outline of any ONNX file, whatever its types and operators are and wherever its numbers
 * stand; field numbers as in ONNX's {@code onnx.proto}.
 */
public final class OnnxOutlineReader {
    private final ProtoReader in;
    private final Map<String, Integer> operators = new TreeMap<>();
    private final List<OnnxOutline.Value> inputs = new ArrayList<>();
    private final List<OnnxOutline.Value> outputs = new ArrayList<>();
    private final List<OnnxOutline.Tensor> tensors = new ArrayList<>();
    private String graph = "";
    private boolean hasGraph;

    private OnnxOutlineReader(ProtoReader in) {
        this.in = in;
    }

    /**
     * Reads a file; of its sidecars only the names are read.
     *
     * @throws Refusal if the file is missing or no protobuf of a model
     */
    public static OnnxOutline read(Path file) {
        try (InputStream stream = new BufferedInputStream(Files.newInputStream(file))) {
            return new OnnxOutlineReader(new ProtoReader(file, stream)).model();
        } catch (NoSuchFileException e) {
            throw Refusal.badInput(file, "no such file", "check the path, or download it again", e);
        } catch (IOException e) {
            throw Refusal.badInput(
                    file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }

    private OnnxOutline model() {
        long[] ir = {0};
        String[] producer = {"", ""};
        LinkedHashMap<String, Long> opsets = new LinkedHashMap<>();
        LinkedHashMap<String, String> props = new LinkedHashMap<>();
        List<String> functions = new ArrayList<>();
        in.fields(field -> {
            switch (field) {
                case 1 -> ir[0] = in.varint();
                case 2, 3 -> producer[field - 2] = in.text();
                case 7 -> {
                    hasGraph = true;
                    graph(true);
                }
                case 8 -> opset(opsets);
                case 14 -> entry(props);
                case 25 -> functions.add(function());
                default -> in.skip();
            }
        });
        if (!hasGraph) {
            throw in.refuse("it has no graph");
        }
        return new OnnxOutline(
                ir[0],
                (producer[0] + " " + producer[1]).strip(),
                opsets,
                props,
                graph,
                inputs,
                outputs,
                operators,
                functions,
                tensors);
    }

    private void graph(boolean outermost) {
        in.message(field -> {
            switch (field) {
                case 1 -> node();
                case 2 -> {
                    String name = in.text();
                    graph = outermost ? name : graph;
                }
                case 5 -> tensors.add(tensor());
                case 11 -> {
                    if (outermost) {
                        inputs.add(value());
                    } else {
                        in.skip();
                    }
                }
                case 12 -> {
                    if (outermost) {
                        outputs.add(value());
                    } else {
                        in.skip();
                    }
                }
                default -> in.skip();
            }
        });
    }

    private String function() {
        String[] names = {"", ""};
        in.message(field -> {
            switch (field) {
                case 1 -> names[1] = in.text();
                case 7 -> node();
                case 10 -> names[0] = in.text();
                default -> in.skip();
            }
        });
        return qualified(names[0], names[1]);
    }

    private void node() {
        String[] names = {"", ""};
        in.message(field -> {
            switch (field) {
                case 4 -> names[1] = in.text();
                case 5 -> attribute();
                case 7 -> names[0] = in.text();
                default -> in.skip();
            }
        });
        operators.merge(qualified(names[0], names[1]), 1, Integer::sum);
    }

    private static String qualified(String domain, String name) {
        return domain.isEmpty() || domain.equals("ai.onnx") ? name : domain + "." + name;
    }

    /** Nothing but the graphs in an attribute counts. */
    private void attribute() {
        in.message(field -> {
            if (field == 6 || field == 11) {
                graph(false);
            } else {
                in.skip();
            }
        });
    }

    private OnnxOutline.Tensor tensor() {
        String[] name = {""};
        long[] type = {0};
        long[] stored = {0};
        List<Long> dimensions = new ArrayList<>();
        LinkedHashMap<String, String> where = new LinkedHashMap<>();
        in.message(field -> {
            switch (field) {
                case 1 -> in.longs(dimensions);
                case 2 -> type[0] = in.varint();
                case 8 -> name[0] = in.text();
                case 9 -> stored[0] += in.skipBytes();
                case 13 -> entry(where);
                default -> in.skip();
            }
        });
        long bytes = stored[0] > 0 ? stored[0] : bytes(dimensions, type[0]);
        String location = where.getOrDefault("location", "");
        return new OnnxOutline.Tensor(
                name[0],
                OnnxTypes.name(type[0]),
                dimensions,
                where.containsKey("length") ? number(where, "length") : bytes,
                location,
                number(where, "offset"));
    }

    /** By shape and type, where the type has whole bytes; 0 else. */
    private long bytes(List<Long> dimensions, long type) {
        long n = OnnxTypes.dtype(type).map(d -> (long) d.bytes()).orElse(0L);
        for (long d : dimensions) {
            if (d < 0 || (d > 0 && n > Long.MAX_VALUE / d)) {
                throw in.refuse("a tensor has the impossible shape " + dimensions);
            }
            n *= d;
        }
        return n;
    }

    private long number(Map<String, String> where, String key) {
        String text = where.getOrDefault(key, "0");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw in.refuse("external data has the " + key + " " + Sidecars.printable(text));
        }
    }

    private OnnxOutline.Value value() {
        String[] names = {"", ""};
        List<String> dimensions = new ArrayList<>();
        in.message(field -> {
            switch (field) {
                case 1 -> names[0] = in.text();
                case 2 ->
                        in.message(kind -> {
                            if (kind == 1) {
                                in.message(part -> tensorType(part, names, dimensions));
                            } else {
                                in.skip();
                            }
                        });
                default -> in.skip();
            }
        });
        return new OnnxOutline.Value(names[0], names[1], dimensions);
    }

    private void tensorType(int part, String[] names, List<String> dimensions) {
        switch (part) {
            case 1 -> names[1] = OnnxTypes.name(in.varint());
            case 2 ->
                    in.message(field -> {
                        if (field == 1) {
                            dimensions.add(dimension());
                        } else {
                            in.skip();
                        }
                    });
            default -> in.skip();
        }
    }

    private String dimension() {
        String[] dimension = {"?"};
        in.message(field -> {
            switch (field) {
                case 1 -> dimension[0] = String.valueOf(in.varint());
                case 2 -> dimension[0] = in.text();
                default -> in.skip();
            }
        });
        return dimension[0];
    }

    private void opset(Map<String, Long> to) {
        String[] domain = {""};
        long[] version = {0};
        in.message(field -> {
            switch (field) {
                case 1 -> domain[0] = in.text();
                case 2 -> version[0] = in.varint();
                default -> in.skip();
            }
        });
        to.put(domain[0], version[0]);
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
        to.put(pair[0], pair[1]);
    }
}
