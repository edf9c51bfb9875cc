package pennyweight.converter.target;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import pennyweight.converter.dialect.ElementMap;
import pennyweight.converter.dialect.MlxDialect;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Bytes;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.safetensors.SafetensorsLayout;
import pennyweight.quantizer.encoding.Affine;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * MLX folders of the text decoder, in the layout that mlx-lm loads: quantized are the matrices that
 * mlx-lm 0.32.2 quantizes, in the bytes of its CPU kernel.
 */
public final class MlxTarget implements Target {
    /** A shard's size at most, as mlx-lm has it ({@code mlx_lm/utils.py}, MAX_FILE_SIZE_GB). */
    private static final long SHARD_BYTES = 5L << 30;

    private static final Path FOLDER = Path.of("mlx");

    /**
     * Parameters that mlx-lm's index does not count: it counts those of leaf modules, and these
     * belong to none.
     */
    private static final Set<Part> OUTSIDE_LEAVES = Set.of(Part.DELTA_DECAY, Part.DELTA_DT_BIAS);

    private final MlxDialect dialect = new MlxDialect();

    @Override
    public String format() {
        return "mlx";
    }

    @Override
    public TargetPlan plan(Checkpoint source, TargetSettings settings, String name) {
        TargetSettings.Mlx mlx = (TargetSettings.Mlx) settings;
        Plain.Type type = type(source);
        List<Draft> drafts = new ArrayList<>();
        for (TensorSpec spec : source.model().tensors()) {
            if (spec.role().scope() == Scope.TEXT) {
                drafts.add(draft(source, spec.role(), mlx, type));
            }
        }
        Layout layout = layout(drafts, settings);
        List<PlannedFile> files = new ArrayList<>(layout.files);
        files.add(index(layout, drafts));
        files.add(
                new PlannedFile.Whole(
                        FOLDER.resolve("config.json"), Bytes.utf8(MlxConfig.write(source, mlx))));
        Path generation = source.folder().path().resolve("generation_config.json");
        if (Files.isRegularFile(generation)) {
            files.add(
                    new PlannedFile.Copy(
                            FOLDER.resolve("generation_config.json"),
                            generation,
                            generation.toFile().length()));
        }
        files.addAll(PlanParts.tokenizerFiles(source, FOLDER));
        return new TargetPlan(
                settings,
                FOLDER,
                layout.tensors,
                files,
                PlanParts.leftOut(source, "MLX", role -> role.scope() == Scope.TEXT));
    }

    /** A tensor whose place is not known yet. */
    private record Draft(
            Role role,
            SourceTensor source,
            String name,
            Transform transform,
            Optional<Plain> via,
            Encoding encoding,
            Shape shape,
            Optional<String> fellBackFrom) {}

    private Draft draft(Checkpoint source, Role role, TargetSettings.Mlx mlx, Plain.Type type) {
        SourceTensor tensor = source.tensor(role);
        Shape shape = tensor.entry().shape();
        Plain own = Checkpoint.plain(tensor.entry().dtype()).orElseThrow();
        Plain stored = role.part() == Part.DELTA_DECAY ? own : new Plain(type);
        Transform transform =
                source.dialect().conventions().to(dialect.conventions(), source.model(), role);
        Optional<Plain> via = Optional.empty();
        Encoding encoding = stored;
        Optional<String> fellBackFrom = Optional.empty();
        if (shape.rank() == 2) {
            Affine affine = new Affine(mlx.bits(), mlx.group(), type);
            if (affine.takes(shape.columns())) {
                encoding = affine;
                // mlx-lm casts a weight before it quantizes it.
                via = own.equals(stored) ? via : Optional.of(stored);
            } else {
                fellBackFrom = Optional.of(affine.label());
            }
        } else if (transform.map() == ElementMap.ADD_ONE && !own.equals(stored)) {
            // mlx-lm adds the one in the tensor's own type, then casts.
            via = Optional.of(own);
        }
        return new Draft(
                role,
                tensor,
                dialect.name(role),
                transform,
                via,
                encoding,
                dialect.conventions().shape(role, shape),
                fellBackFrom);
    }

    /**
     * The type of everything that is not quantized, as mlx-lm chooses it; the embedding's where no
     * config says.
     */
    private static Plain.Type type(Checkpoint source) {
        JsonNode config = source.folder().config();
        String named =
                config.path("torch_dtype")
                        .asString(
                                config.path("text_config")
                                        .path("dtype")
                                        .asString(config.path("dtype").asString("")));
        return switch (named) {
            case "bfloat16" -> Plain.Type.BF16;
            case "float16" -> Plain.Type.F16;
            case "float32" -> Plain.Type.F32;
            default ->
                    Checkpoint.plain(source.tensor(Role.text(Part.EMBEDDING)).entry().dtype())
                            .orElseThrow()
                            .type();
        };
    }

    private record Layout(
            List<TargetTensor> tensors, List<PlannedFile> files, Map<String, String> shardOf) {}

    /** One plane of a draft under the name and in the shape that safetensors gives it. */
    private record DraftPlane(Draft draft, int plane, SafetensorsLayout.Tensor tensor) {}

    private static Layout layout(List<Draft> drafts, TargetSettings settings) {
        List<DraftPlane> planes = new ArrayList<>();
        for (Draft draft : drafts) {
            for (int p = 0; p < draft.encoding.planes(); p++) {
                planes.add(new DraftPlane(draft, p, tensor(draft, p)));
            }
        }
        planes.sort(Comparator.comparing(p -> p.tensor.name()));
        List<List<DraftPlane>> shards = shards(planes);
        List<PlannedFile> files = new ArrayList<>();
        Map<String, String> shardOf = new TreeMap<>();
        Map<String, List<Plane>> placed = new TreeMap<>();
        for (int s = 0; s < shards.size(); s++) {
            String file =
                    shards.size() == 1
                            ? "model.safetensors"
                            : String.format(
                                    Locale.ROOT,
                                    "model-%05d-of-%05d.safetensors",
                                    s + 1,
                                    shards.size());
            // Every reader of MLX looks for this mark: weights with it are used as they are stored.
            Map<String, String> metadata =
                    new TreeMap<>(
                            Map.of(
                                    "format",
                                    "mlx",
                                    PlanParts.SETTINGS_KEY,
                                    PlanParts.settingsLine(settings)));
            SafetensorsLayout layout =
                    SafetensorsLayout.of(
                            shards.get(s).stream().map(DraftPlane::tensor).toList(), metadata);
            Path path = FOLDER.resolve(file);
            files.add(new PlannedFile.Tensors(path, Bytes.of(layout.header()), layout.fileSize()));
            for (int i = 0; i < shards.get(s).size(); i++) {
                DraftPlane plane = shards.get(s).get(i);
                Draft draft = plane.draft;
                long columns = draft.source.entry().shape().columns();
                placed.computeIfAbsent(draft.name, k -> new ArrayList<>(List.of()))
                        .add(
                                new Plane(
                                        plane.tensor.name(),
                                        plane.tensor.dtype().name(),
                                        plane.tensor.shape(),
                                        path,
                                        layout.offset(i),
                                        draft.encoding.rowBytes(plane.plane, columns),
                                        draft.source.entry().shape().rows()));
                shardOf.put(plane.tensor.name(), file);
            }
        }
        List<TargetTensor> tensors = new ArrayList<>();
        for (Draft d : drafts) {
            List<Plane> own = new ArrayList<>(placed.getOrDefault(d.name, List.of()));
            own.sort(Comparator.comparingInt(p -> PLANE_ORDER.indexOf(suffix(p.name()))));
            tensors.add(
                    new TargetTensor(
                            d.role,
                            d.source.name(),
                            d.name,
                            d.transform,
                            d.via,
                            d.encoding,
                            d.shape,
                            own,
                            d.fellBackFrom));
        }
        return new Layout(tensors, files, shardOf);
    }

    /** The planes of {@link Affine} in order. */
    static final List<String> PLANE_ORDER = List.of("weight", "scales", "biases");

    private static String suffix(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static SafetensorsLayout.Tensor tensor(Draft draft, int plane) {
        Shape shape = draft.source.entry().shape();
        return switch (draft.encoding) {
            case Affine affine -> {
                String base = draft.name.substring(0, draft.name.length() - ".weight".length());
                DType dtype = plane == 0 ? DType.U32 : dtype(affine.scales());
                long width = affine.rowBytes(plane, shape.columns()) / dtype.bytes();
                yield new SafetensorsLayout.Tensor(
                        base + "." + PLANE_ORDER.get(plane), dtype, Shape.of(shape.rows(), width));
            }
            case Plain plain ->
                    new SafetensorsLayout.Tensor(draft.name, dtype(plain.type()), draft.shape);
            default -> throw new IllegalArgumentException("MLX has no " + draft.encoding.label());
        };
    }

    private static DType dtype(Plain.Type type) {
        return switch (type) {
            case F32 -> DType.F32;
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
        };
    }

    private static List<List<DraftPlane>> shards(List<DraftPlane> planes) {
        List<List<DraftPlane>> shards = new ArrayList<>();
        long room = 0;
        for (DraftPlane plane : planes) {
            if (shards.isEmpty() || plane.tensor.bytes() > room) {
                shards.add(new ArrayList<>());
                room = SHARD_BYTES;
            }
            shards.getLast().add(plane);
            room -= plane.tensor.bytes();
        }
        return shards;
    }

    private static PlannedFile index(Layout layout, List<Draft> drafts) {
        Map<String, Object> metadata = new TreeMap<>();
        metadata.put("total_size", layout.tensors.stream().mapToLong(TargetTensor::bytes).sum());
        metadata.put(
                "total_parameters",
                drafts.stream()
                        .filter(d -> !OUTSIDE_LEAVES.contains(d.role.part()))
                        .mapToLong(d -> d.shape.elements())
                        .sum());
        Map<String, Object> index = new TreeMap<>();
        index.put("metadata", metadata);
        index.put("weight_map", layout.shardOf);
        return new PlannedFile.Whole(
                FOLDER.resolve("model.safetensors.index.json"),
                Bytes.utf8(
                        JsonMapper.shared()
                                        .writerWithDefaultPrettyPrinter()
                                        .writeValueAsString(index)
                                + "\n"));
    }

    @Override
    public boolean recognises(Path path) {
        return Files.isDirectory(path)
                && Files.isRegularFile(path.resolve("config.json"))
                && MlxConfig.isQuantized(path);
    }

    @Override
    public OpenedFile open(Path path) {
        return OpenedMlx.open(path);
    }
}
