package pennyweight.converter.source;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorAxes;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.Weights;
import pennyweight.converter.model.qwen35.ConfigOutline;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.model.qwen35.Qwen35Config;
import pennyweight.converter.model.qwen35.VisionConfig;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.safetensors.SafetensorsFolder;
import pennyweight.quantizer.encoding.Plain;

/**
 * A Hugging Face checkpoint, understood: its folder, its model, its vision tower, and every tensor
 * with its role. Every tensor that model and tower need is there, in a float type and in the shape
 * that its role wants.
 */
public final class Checkpoint implements Closeable {
    private final ModelFolder folder;
    private final Optional<SafetensorsFolder> shards;
    private final Qwen35 model;
    private final Optional<VisionTower> tower;
    private final HuggingFaceDialect dialect;
    private final List<SourceTensor> tensors;
    private final Map<String, SourceTensor> byName;
    private final Map<Role, SourceTensor> byRole;

    private Checkpoint(
            ModelFolder folder,
            Optional<SafetensorsFolder> shards,
            Qwen35 model,
            Optional<VisionTower> tower,
            HuggingFaceDialect dialect,
            List<TensorEntry> entries) {
        this.folder = folder;
        this.shards = shards;
        this.model = model;
        this.tower = tower;
        this.dialect = dialect;
        Set<Role> wanted = new HashSet<>();
        specs(model, tower).forEach(spec -> wanted.add(spec.role()));
        List<SourceTensor> all = new ArrayList<>();
        Map<Role, SourceTensor> roles = new HashMap<>();
        for (TensorEntry entry : entries) {
            Optional<Role> role = dialect.role(entry.name()).filter(wanted::contains);
            SourceTensor tensor = new SourceTensor(role, entry);
            all.add(tensor);
            role.ifPresent(r -> roles.put(r, tensor));
        }
        this.tensors = List.copyOf(all);
        this.byName =
                all.stream().collect(Collectors.toUnmodifiableMap(SourceTensor::name, t -> t));
        this.byRole = Map.copyOf(roles);
    }

    /**
     * Opens and checks a checkpoint folder.
     *
     * @throws Refusal naming file and tensor, of anything that is missing, broken or unknown
     */
    public static Checkpoint open(Path path) {
        ModelFolder folder = unquantized(path);
        return of(folder, SafetensorsFolder.open(path));
    }

    /**
     * A checkpoint to be planned with, whose weights may be missing: shards may end with their
     * headers, and where there is no shard the tensors are those that config.json describes. None
     * of its numbers may be asked for.
     *
     * @throws Refusal as {@link #open}
     */
    public static Checkpoint outline(Path path) {
        ModelFolder folder = unquantized(path);
        if (SafetensorsFolder.isIn(path)) {
            return of(folder, SafetensorsFolder.outline(path));
        }
        ConfigOutline outline = ConfigOutline.of(folder.configFile(), folder.config());
        HuggingFaceDialect dialect = new HuggingFaceDialect(outline.nested());
        Qwen35 model = Qwen35Config.read(folder.configFile(), folder.config(), outline::shape);
        Optional<VisionTower> tower =
                VisionConfig.read(
                        folder.configFile(), folder.config(), model.width(), outline::shape);
        List<TensorEntry> entries = new ArrayList<>();
        long offset = 0;
        for (TensorSpec spec : specs(model, tower)) {
            DType dtype = outline.dtype(spec.role());
            long bytes = Math.multiplyExact(spec.shape().elements(), (long) dtype.bytes());
            entries.add(
                    new TensorEntry(
                            dialect.name(spec.role()),
                            dtype,
                            spec.shape(),
                            folder.configFile(),
                            offset,
                            bytes));
            offset = Math.addExact(offset, bytes);
        }
        return new Checkpoint(folder, Optional.empty(), model, tower, dialect, entries);
    }

    private static ModelFolder unquantized(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        if (folder.config().has("quantization") || folder.config().has("quantization_config")) {
            throw Refusal.notSupported(
                    folder.configFile(),
                    "describes weights that are quantized already",
                    "convert the checkpoint that they were made of");
        }
        return folder;
    }

    private static Checkpoint of(ModelFolder folder, SafetensorsFolder shards) {
        try {
            HuggingFaceDialect dialect =
                    HuggingFaceDialect.of(
                            shards.tensors().stream().map(TensorEntry::name).toList());
            Function<Role, Optional<Shape>> shapes =
                    role -> shards.tensor(dialect.name(role)).map(TensorEntry::shape);
            Qwen35 model = Qwen35Config.read(folder.configFile(), folder.config(), shapes);
            check(folder.path(), shards, dialect, model.tensors());
            Optional<VisionTower> tower =
                    VisionConfig.read(folder.configFile(), folder.config(), model.width(), shapes);
            check(
                    folder.path(),
                    shards,
                    dialect,
                    tower.map(VisionTower::tensors).orElse(List.of()));
            return new Checkpoint(
                    folder, Optional.of(shards), model, tower, dialect, shards.tensors());
        } catch (RuntimeException e) {
            shards.close();
            throw e;
        }
    }

    /** Every tensor that model and tower need. */
    private static List<TensorSpec> specs(Qwen35 model, Optional<VisionTower> tower) {
        List<TensorSpec> specs = new ArrayList<>(model.tensors());
        tower.ifPresent(t -> specs.addAll(t.tensors()));
        return specs;
    }

    private static void check(
            Path folder,
            SafetensorsFolder shards,
            HuggingFaceDialect dialect,
            List<TensorSpec> specs) {
        for (TensorSpec spec : specs) {
            check(folder, shards, dialect.name(spec.role()), spec.shape());
        }
    }

    private static void check(Path folder, SafetensorsFolder shards, String name, Shape shape) {
        TensorEntry entry =
                shards.tensor(name)
                        .orElseThrow(() ->
                                Refusal.badTensor(
                                        folder,
                                        name,
                                        "is missing, and the model that config.json describes"
                                                + " needs it",
                                        "get the whole checkpoint"));
        if (!entry.shape().equals(shape)) {
            throw Refusal.badTensor(
                    entry.file(),
                    name,
                    "has shape " + entry.shape() + ", but config.json wants " + shape,
                    "use the config.json that belongs to these weights");
        }
        if (plain(entry.dtype()).isEmpty()) {
            throw Refusal.badTensor(
                    entry.file(),
                    name,
                    "is of type " + entry.dtype() + "; BF16, F16 and F32 are supported",
                    "use the unquantized checkpoint");
        }
    }

    /** The encoding of a float type. */
    public static Optional<Plain> plain(DType dtype) {
        return switch (dtype) {
            case F32 -> Optional.of(new Plain(Plain.Type.F32));
            case F16 -> Optional.of(new Plain(Plain.Type.F16));
            case BF16 -> Optional.of(new Plain(Plain.Type.BF16));
            default -> Optional.empty();
        };
    }

    public ModelFolder folder() {
        return folder;
    }

    /** The folder's name, which is the model's where nothing else names it. */
    public String name() {
        return String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
    }

    public Qwen35 model() {
        return model;
    }

    /** The vision tower; nothing where the config or the weights have none. */
    public Optional<VisionTower> tower() {
        return tower;
    }

    public HuggingFaceDialect dialect() {
        return dialect;
    }

    /**
     * From the numbers of this checkpoint to those that {@code target} stores under a role.
     *
     * @param role as the target stores it: {@link Conventions#stored}
     */
    public Transform transform(Conventions target, Role role) {
        TensorAxes axes =
                role.scope() == Scope.VISION ? tower.<TensorAxes>map(t -> t).orElse(model) : model;
        return dialect.conventions().to(target, axes, role);
    }

    /** Every tensor of the checkpoint, in the order of shards and of bytes in them. */
    public List<SourceTensor> tensors() {
        return tensors;
    }

    /** Whether the model, or its vision tower, has a tensor of this role. */
    public boolean has(Role role) {
        return byRole.containsKey(role);
    }

    /** The tensor of a role that the model, or its vision tower, has. */
    public SourceTensor tensor(Role role) {
        SourceTensor tensor = byRole.get(role);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor for " + role);
        }
        return tensor;
    }

    /** The file that holds the tensor of this name. */
    public Path file(String tensor) {
        return Optional.ofNullable(byName.get(tensor))
                .map(t -> t.entry().file())
                .orElse(folder.path());
    }

    /** The numbers of a tensor as the checkpoint stores them. */
    public EncodedTensor stored(SourceTensor tensor) {
        TensorEntry entry = tensor.entry();
        Plain encoding =
                plain(entry.dtype())
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        entry.name() + " is of type " + entry.dtype()));
        return new EncodedTensor(
                encoding,
                tensor.rows(),
                Math.toIntExact(tensor.columns()),
                List.of(
                        new EncodedTensor.Location(
                                shards.orElseThrow().input(entry), entry.offset())));
    }

    /** The numbers of the model, in the conventions of the forward pass. */
    public Weights weights() {
        return weights(model);
    }

    /**
     * The numbers of the model or of its vision tower, in the conventions of the forward pass.
     *
     * @param axes of the one that is meant
     */
    public Weights weights(TensorAxes axes) {
        return new DialectWeights(axes, dialect.conventions(), role -> stored(tensor(role)));
    }

    @Override
    public void close() {
        shards.ifPresent(SafetensorsFolder::close);
    }
}
