package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.OnnxDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.target.onnx.OnnxNames;
import pennyweight.converter.verify.onnx.OnnxEvaluator;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxData;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxReader;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.MatMulNBits;
import pennyweight.quantizer.encoding.Plain;

/** An ONNX decoder with the names that we give, read back. */
final class OpenedOnnx implements OpenedFile {
    private final Path path;
    private final OnnxModel model;
    private final Map<String, InputFile> sidecars;
    private final OpenedTensors tensors;
    private final OnnxDialect dialect = new OnnxDialect();

    private OpenedOnnx(
            Path path, OnnxModel model, Map<String, InputFile> sidecars, OpenedTensors tensors) {
        this.path = path;
        this.model = model;
        this.sidecars = sidecars;
        this.tensors = tensors;
    }

    static OpenedOnnx open(Path path) {
        OnnxModel model = OnnxReader.read(path);
        Map<String, InputFile> sidecars = new HashMap<>();
        try {
            Map<Role, Map<Integer, OnnxTensor>> planes = new LinkedHashMap<>();
            for (OnnxTensor t : model.graph().initializers()) {
                OnnxNames.plane(t.name())
                        .ifPresent(p ->
                                planes.computeIfAbsent(p.role(), k -> new LinkedHashMap<>())
                                        .put(p.index(), t));
            }
            OpenedTensors tensors = new OpenedTensors();
            Map<String, Product> products = products(model);
            planes.forEach((role, own) ->
                    tensors.put(
                            role,
                            OnnxNames.name(role),
                            tensor(path, role, own, products, sidecars)));
            return new OpenedOnnx(path, model, sidecars, tensors);
        } catch (RuntimeException e) {
            sidecars.values().forEach(InputFile::close);
            throw e;
        }
    }

    /**
     * What the nodes declare of a quantized initializer.
     *
     * @param columns numbers of a row; fewer than its blocks hold where the last is padded
     */
    private record Product(MatMulNBits encoding, long columns) {}

    /** The quantized initializers, as the nodes that use them declare them. */
    private static Map<String, Product> products(OnnxModel model) {
        Map<String, OnnxTensor> initializers = new HashMap<>();
        model.graph().initializers().forEach(t -> initializers.put(t.name(), t));
        Map<String, String> reshaped = new HashMap<>();
        Map<String, String> gathered = new HashMap<>();
        Map<String, Product> products = new HashMap<>();
        for (OnnxNode node : model.graph().nodes()) {
            switch (node.op()) {
                case "Reshape" -> node.outputs().forEach(o -> reshaped.put(o, input(node, 0)));
                case "MatMulNBits" -> {
                    long columns = integer(node, "K", 0);
                    encoding(node)
                            .ifPresent(e -> products.put(input(node, 1), new Product(e, columns)));
                }
                case "GatherBlockQuantized" -> {
                    String rows = input(node, 0);
                    String table = reshaped.getOrDefault(rows, rows);
                    OnnxTensor codes = initializers.get(table);
                    long blocks =
                            codes == null || codes.shape().rank() != 3
                                    ? 0
                                    : codes.shape().dimension(1);
                    encoding(node)
                            .ifPresent(
                                    e -> products.put(table, new Product(e, blocks * e.block())));
                    node.outputs().forEach(o -> gathered.put(o, table));
                }
                case "Split" -> {
                    String table = gathered.get(input(node, 0));
                    Product whole = table == null ? null : products.get(table);
                    if (table != null && whole != null) {
                        long columns = first(initializers.get(input(node, 1)));
                        products.put(table, new Product(whole.encoding, columns));
                    }
                }
                default -> {
                    // Other operators take no quantized weights.
                }
            }
        }
        return products;
    }

    /** The first number of a list in the graph. */
    private static long first(@Nullable OnnxTensor list) {
        return list != null
                        && list.dtype() == DType.I64
                        && list.data() instanceof OnnxData.Inline(var bytes)
                        && bytes.length() >= Long.BYTES
                ? bytes.buffer().getLong()
                : 0;
    }

    private static String input(OnnxNode node, int i) {
        return i < node.inputs().size() ? node.inputs().get(i) : "";
    }

    /** Nothing where the node declares what the operator does not take. */
    private static Optional<MatMulNBits> encoding(OnnxNode node) {
        long bits = integer(node, "bits", 4);
        long block = integer(node, "block_size", 128);
        boolean taken =
                (bits == 4 || bits == 8)
                        && block >= 16
                        && block <= 256
                        && Long.bitCount(block) == 1;
        return taken ? Optional.of(new MatMulNBits((int) bits, (int) block)) : Optional.empty();
    }

    private static long integer(OnnxNode node, String name, long otherwise) {
        return node.attributes().stream()
                .filter(a -> a.name().equals(name) && a instanceof OnnxAttribute.IntValue)
                .map(a -> ((OnnxAttribute.IntValue) a).value())
                .findFirst()
                .orElse(otherwise);
    }

    private static EncodedTensor tensor(
            Path path,
            Role role,
            Map<Integer, OnnxTensor> planes,
            Map<String, Product> products,
            Map<String, InputFile> sidecars) {
        OnnxTensor first = planes.get(0);
        if (first == null) {
            throw Refusal.badTensor(
                    path, OnnxNames.name(role), "has scales, but no codes", "write the file again");
        }
        List<EncodedTensor.Location> locations = new ArrayList<>();
        for (int p = 0; p < planes.size(); p++) {
            OnnxTensor plane = planes.get(p);
            if (plane == null || !(plane.data() instanceof OnnxData.External data)) {
                throw Refusal.badTensor(
                        path,
                        OnnxNames.name(role),
                        "is not wholly in the data file",
                        "write the file again");
            }
            InputFile file =
                    sidecars.computeIfAbsent(
                            data.location(), name -> InputFile.open(path.resolveSibling(name)));
            locations.add(new EncodedTensor.Location(file, data.offset()));
        }
        if (first.dtype() != DType.U8) {
            Encoding plain =
                    Checkpoint.plain(first.dtype())
                            .orElseThrow(() ->
                                    Refusal.badTensor(
                                            path,
                                            first.name(),
                                            "is of type " + first.dtype(),
                                            "write the file again"));
            return new EncodedTensor(
                    plain,
                    first.shape().rows(),
                    Math.toIntExact(first.shape().columns()),
                    locations);
        }
        Product product = products.get(first.name());
        if (product == null || planes.size() != 2 || first.shape().rank() != 3) {
            throw Refusal.badTensor(
                    path,
                    first.name(),
                    "is used by no operator that knows its bits",
                    "write the file again");
        }
        if (product.columns < 1
                || product.columns > Integer.MAX_VALUE
                || product.encoding.blocks(product.columns) != first.shape().dimension(1)) {
            throw Refusal.badTensor(
                    path,
                    first.name(),
                    "has "
                            + first.shape().dimension(1)
                            + " blocks a row, but is used for "
                            + product.columns
                            + " numbers",
                    "write the file again");
        }
        return new EncodedTensor(
                product.encoding,
                first.shape().dimension(0),
                Math.toIntExact(product.columns),
                locations);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String format() {
        return "onnx";
    }

    @Override
    public String label() {
        Set<Integer> bits = new TreeSet<>();
        int block = 0;
        for (Role role : tensors.roles()) {
            if (tensors.tensor(role).encoding() instanceof MatMulNBits m) {
                bits.add(m.bits());
                block = m.block();
            }
        }
        return bits.isEmpty()
                ? Plain.Type.F32.name()
                : String.join(" and ", bits.stream().map(b -> b + "-bit").toList()) + " b" + block;
    }

    @Override
    public Optional<TargetSettings> settings() {
        return PlanParts.parseSettings(path(), model.metadataProps());
    }

    @Override
    public long bytes() {
        return path.toFile().length() + sidecars.values().stream().mapToLong(InputFile::size).sum();
    }

    @Override
    public OpenedTensors tensors() {
        return tensors;
    }

    @Override
    public Conventions conventions() {
        return dialect.conventions();
    }

    @Override
    public List<String> differences(TargetPlan plan) {
        Path folder = Objects.requireNonNull(plan.main().getParent());
        List<String> differences =
                new ArrayList<>(FileDifferences.of(plan, folder, path.resolveSibling(""), path));
        Map<String, OnnxTensor> initializers = new HashMap<>();
        model.graph().initializers().forEach(t -> initializers.put(t.name(), t));
        differences.addAll(
                FileDifferences.planes(
                        plan,
                        name ->
                                Optional.ofNullable(initializers.get(name))
                                        .map(OpenedOnnx::found)));
        return differences;
    }

    private static FileDifferences.Found found(OnnxTensor t) {
        long offset = t.data() instanceof OnnxData.External data ? data.offset() : -1;
        return new FileDifferences.Found(t.dtype().name(), t.shape(), offset);
    }

    @Override
    public Optional<LanguageModel> languageModel(int jobs) {
        return Optional.of(OnnxEvaluator.open(path, jobs));
    }

    @Override
    public void close() {
        sidecars.values().forEach(InputFile::close);
    }
}
