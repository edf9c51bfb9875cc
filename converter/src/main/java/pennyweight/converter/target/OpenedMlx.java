package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.MlxDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.model.qwen35.Qwen35Config;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
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
import pennyweight.quantizer.encoding.Affine;
import pennyweight.quantizer.encoding.Plain;

/** An MLX folder, read back: one of ours, or one that mlx-lm wrote. */
final class OpenedMlx implements OpenedFile {
    private final Path path;
    private final SafetensorsFolder shards;
    private final Optional<MlxQuantization> quantization;
    private final Qwen35 model;
    private final OpenedTensors tensors;
    private final MlxDialect dialect = new MlxDialect();

    private OpenedMlx(
            Path path,
            SafetensorsFolder shards,
            Optional<MlxQuantization> quantization,
            Qwen35 model,
            OpenedTensors tensors) {
        this.path = path;
        this.shards = shards;
        this.quantization = quantization;
        this.model = model;
        this.tensors = tensors;
    }

    static OpenedMlx open(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        SafetensorsFolder shards = SafetensorsFolder.open(path);
        try {
            Optional<MlxQuantization> block =
                    MlxQuantization.read(folder.configFile(), folder.config());
            Map<String, MlxParameters> modules =
                    MlxModules.quantized(folder.configFile(), block, shards.tensors());
            MlxDialect dialect = new MlxDialect();
            OpenedTensors tensors = new OpenedTensors();
            Map<String, Shape> shapes = new LinkedHashMap<>();
            for (TensorEntry entry : shards.tensors()) {
                Optional<Role> role = dialect.role(entry.name());
                if (role.isPresent()) {
                    EncodedTensor tensor = tensor(shards, entry, modules);
                    tensors.put(role.get(), entry.name(), tensor);
                    shapes.put(entry.name(), shape(entry, tensor));
                }
            }
            Qwen35 model =
                    Qwen35Config.read(
                            folder.configFile(),
                            folder.config(),
                            role ->
                                    role.scope() == Scope.TEXT
                                            ? Optional.ofNullable(shapes.get(dialect.name(role)))
                                            : Optional.empty());
            tensors.require(path, model, r -> r.scope() == Scope.TEXT);
            return new OpenedMlx(path, shards, block, model, tensors);
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

    private static EncodedTensor tensor(
            SafetensorsFolder shards, TensorEntry entry, Map<String, MlxParameters> modules) {
        String module =
                entry.name().endsWith(".weight")
                        ? entry.name().substring(0, entry.name().length() - ".weight".length())
                        : "";
        MlxParameters affine = modules.get(module);
        if (affine == null) {
            Plain plain =
                    Checkpoint.plain(entry.dtype())
                            .orElseThrow(() ->
                                    Refusal.badTensor(
                                            entry.file(),
                                            entry.name(),
                                            "is of type " + entry.dtype(),
                                            "write the folder again"));
            // A convolution is [channels, kernel, 1] here: its rows are the channels.
            boolean conv = entry.shape().rank() == 3;
            long rows = conv ? entry.shape().dimension(0) : entry.shape().rows();
            return new EncodedTensor(
                    plain,
                    rows,
                    Math.toIntExact(entry.shape().elements() / Math.max(1, rows)),
                    List.of(location(shards, entry)));
        }
        TensorEntry scales = shards.tensor(module + ".scales").orElseThrow();
        TensorEntry biases = shards.tensor(module + ".biases").orElseThrow();
        Plain type = Checkpoint.plain(scales.dtype()).orElseThrow();
        return new EncodedTensor(
                new Affine(affine.bits(), affine.groupSize(), type.type()),
                entry.shape().rows(),
                Math.toIntExact(affine.columns(entry.shape().columns())),
                List.of(
                        location(shards, entry),
                        location(shards, scales),
                        location(shards, biases)));
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
        return quantization
                .map(q -> q.common().bits() + "-bit g" + q.common().groupSize())
                .orElse("unquantized");
    }

    @Override
    public Optional<TargetSettings> settings() {
        return shards.metadata().values().stream()
                .map(m -> PlanParts.parseSettings(path(), m))
                .flatMap(Optional::stream)
                .findFirst();
    }

    @Override
    public long bytes() {
        return shards.files().stream().mapToLong(f -> f.toFile().length()).sum();
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
        List<String> differences =
                new ArrayList<>(FileDifferences.of(plan, plan.main(), path, path));
        differences.addAll(
                FileDifferences.planes(
                        plan,
                        name ->
                                shards.tensor(name)
                                        .map(t ->
                                                new FileDifferences.Found(
                                                        t.dtype().name(), t.shape(), t.offset()))));
        return differences;
    }

    @Override
    public Optional<LanguageModel> languageModel(int jobs) {
        return Optional.of(
                new ForwardPass(
                        model, new DialectWeights(model, conventions(), tensors::tensor), jobs));
    }

    @Override
    public void close() {
        shards.close();
    }
}
