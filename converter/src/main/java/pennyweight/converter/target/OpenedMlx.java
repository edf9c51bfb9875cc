package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.MlxDialect;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.model.qwen35.Qwen35Config;
import pennyweight.converter.model.qwen35.VisionConfig;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.plan.MlxEncodings;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.VisionModel;
import pennyweight.converter.reference.VisionPass;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.DialectWeights;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.mlx.MlxModules;
import pennyweight.formats.mlx.MlxParameters;
import pennyweight.formats.mlx.MlxQuantization;
import pennyweight.formats.safetensors.SafetensorsFolder;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Plain;

/**
 * An MLX folder, read back: one of ours, or one that mlx-lm or mlx-vlm wrote; quantized in any mode
 * or not at all, with the vision tower or without.
 */
final class OpenedMlx implements OpenedFile {
    private final Path path;
    private final SafetensorsFolder shards;
    private final String label;
    private final Qwen35 model;
    private final Optional<VisionTower> tower;
    private final OpenedTensors tensors;
    private final MlxDialect dialect = new MlxDialect();

    private OpenedMlx(
            Path path,
            SafetensorsFolder shards,
            String label,
            Qwen35 model,
            Optional<VisionTower> tower,
            OpenedTensors tensors) {
        this.path = path;
        this.shards = shards;
        this.label = label;
        this.model = model;
        this.tower = tower;
        this.tensors = tensors;
    }

    static OpenedMlx open(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        SafetensorsFolder shards = SafetensorsFolder.open(path);
        try {
            Map<String, MlxParameters> modules =
                    MlxModules.quantized(
                            folder.configFile(),
                            MlxQuantization.read(folder.configFile(), folder.config()),
                            shards.tensors());
            MlxDialect dialect = new MlxDialect();
            OpenedTensors tensors = new OpenedTensors();
            Map<Role, Shape> shapes = new HashMap<>();
            for (TensorEntry entry : shards.tensors()) {
                Optional<Role> role = dialect.role(entry.name());
                if (role.isPresent()) {
                    EncodedTensor tensor = tensor(shards, entry, role.get(), modules);
                    tensors.put(role.get(), entry.name(), tensor);
                    shapes.put(role.get(), shape(entry, tensor));
                }
            }
            Function<Role, Optional<Shape>> stored = r -> Optional.ofNullable(shapes.get(r));
            Qwen35 model = Qwen35Config.read(folder.configFile(), folder.config(), stored);
            tensors.require(path, model, r -> r.scope() == Scope.TEXT);
            Optional<VisionTower> tower =
                    VisionConfig.read(folder.configFile(), folder.config(), model.width(), stored);
            tower.ifPresent(t -> tensors.require(path, t.tensors()));
            return new OpenedMlx(path, shards, label(modules, tensors), model, tower, tensors);
        } catch (RuntimeException e) {
            shards.close();
            throw e;
        }
    }

    private static Shape shape(TensorEntry entry, EncodedTensor tensor) {
        return entry.shape().rank() == 2
                ? Shape.of(tensor.rows(), tensor.columns())
                : entry.shape();
    }

    /**
     * The kinds of modules, the most frequent first; the type of the embedding where it is none.
     */
    private static String label(Map<String, MlxParameters> modules, OpenedTensors tensors) {
        if (modules.isEmpty()) {
            return tensors.tensor(Role.text(Part.EMBEDDING)).encoding().label();
        }
        Map<String, Integer> counts = new TreeMap<>();
        modules.values().forEach(m -> counts.merge(m.label(), 1, Integer::sum));
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(" + "));
    }

    /** The numbers of an entry, with the scales beside it where its module is quantized. */
    static EncodedTensor tensor(
            SafetensorsFolder shards,
            TensorEntry entry,
            Role role,
            Map<String, MlxParameters> modules) {
        String module =
                entry.name().endsWith(".weight")
                        ? entry.name().substring(0, entry.name().length() - ".weight".length())
                        : "";
        MlxParameters parameters = modules.get(module);
        if (parameters == null) {
            return unquantized(shards, entry, role);
        }
        List<EncodedTensor.Location> planes = new ArrayList<>();
        planes.add(location(shards, entry));
        TensorEntry scales = shards.tensor(module + ".scales").orElseThrow();
        planes.add(location(shards, scales));
        shards.tensor(module + ".biases").ifPresent(b -> planes.add(location(shards, b)));
        return new EncodedTensor(
                encoding(parameters, scales),
                entry.shape().rows(),
                Math.toIntExact(parameters.columns(entry.shape().columns())),
                planes);
    }

    private static EncodedTensor unquantized(
            SafetensorsFolder shards, TensorEntry entry, Role role) {
        Plain plain =
                Checkpoint.plain(entry.dtype())
                        .orElseThrow(() ->
                                Refusal.badTensor(
                                        entry.file(),
                                        entry.name(),
                                        "is of type " + entry.dtype(),
                                        "write the folder again"));
        // Rows of a convolution and of the patch embedding are whole filters.
        Shape matrix = role.part().matrix(entry.shape());
        return new EncodedTensor(
                plain,
                matrix.rows(),
                Math.toIntExact(matrix.columns()),
                List.of(location(shards, entry)));
    }

    private static Encoding encoding(MlxParameters parameters, TensorEntry scales) {
        Plain.Type type = Checkpoint.plain(scales.dtype()).map(Plain::type).orElse(Plain.Type.BF16);
        return MlxEncodings.of(parameters, type);
    }

    private static EncodedTensor.Location location(SafetensorsFolder shards, TensorEntry entry) {
        return new EncodedTensor.Location(shards.input(entry), entry.offset());
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String format() {
        return "mlx";
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public Optional<TargetSettings> settings() {
        return PlanParts.parseSettings(path(), shards);
    }

    @Override
    public long bytes() {
        return shards.bytes();
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
        return MlxDifferences.of(plan, path, shards);
    }

    @Override
    public Optional<LanguageModel> languageModel(int jobs) {
        return Optional.of(
                new ForwardPass(
                        model, new DialectWeights(model, conventions(), tensors::tensor), jobs));
    }

    @Override
    public Optional<VisionModel> visionModel(int jobs) {
        return tower.map(t ->
                new VisionPass(t, new DialectWeights(t, conventions(), tensors::tensor), jobs));
    }

    @Override
    public void close() {
        shards.close();
    }
}
