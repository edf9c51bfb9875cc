package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Predicate;
import pennyweight.converter.dialect.GgufDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.GgufMix;
import pennyweight.converter.plan.GgufOptions;
import pennyweight.converter.plan.ImportanceMatrix;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.plan.Weighting;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufShardLayout;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.quantizer.encoding.Encoding;

/**
 * One GGUF file of the text decoder and the MTP head, with the bytes and the metadata of
 * llama.cpp's own tools.
 */
public final class GgufTarget implements Target {
    private static final Path FOLDER = Path.of("gguf");

    @Override
    public String format() {
        return "gguf";
    }

    @Override
    public TargetPlan plan(Checkpoint source, TargetSettings settings, String name) {
        if (settings instanceof TargetSettings.Mmproj mmproj) {
            return MmprojPlanner.plan(source, mmproj, FOLDER, name);
        }
        TargetSettings.Gguf gguf = (TargetSettings.Gguf) settings;
        Qwen35 model = gguf.options().mtp() ? source.model() : source.model().withoutMtp();
        GgufDialect dialect = new GgufDialect(model.layers());
        Map<String, TensorSpec> specs = new HashMap<>();
        for (TensorSpec spec : model.tensors()) {
            specs.put(dialect.name(spec.role()), spec);
        }
        // Where types are plain the file keeps the order that llama.cpp's converter finds the
        // tensors in.
        Predicate<SourceTensor> taken =
                t -> t.role().filter(r -> taken(r, gguf.options())).isPresent();
        List<GgufMix.Tensor> named =
                source.tensors().stream()
                        .filter(taken)
                        .sorted((a, b) -> GgufMix.BY_SHARD_AND_NAME.compare(a.entry(), b.entry()))
                        .map(t -> t.role().orElseThrow())
                        .map(role ->
                                new GgufMix.Tensor(
                                        dialect.name(role),
                                        dialect.conventions()
                                                .shape(role, source.tensor(role).entry().shape())))
                        .toList();
        List<GgufMix.Choice> choices =
                GgufMix.choose(
                        gguf.type(),
                        gguf.options(),
                        named,
                        model.heads(),
                        model.kvHeads(),
                        model.layers() + model.mtpLayers());
        gguf.options().imatrix().ifPresent(m -> checkNames(m, named));
        List<Chosen> chosen = choices.stream().map(c -> chosen(source, c)).toList();
        SequencedMap<String, GgufValue> ownKeys =
                gguf.options().imatrix().map(ImportanceMatrix::keys).orElseGet(LinkedHashMap::new);
        ownKeys.put(PlanParts.SETTINGS_KEY, new GgufValue.Text(PlanParts.settingsLine(settings)));
        SequencedMap<String, GgufValue> metadata =
                GgufMetadataBuilder.build(
                        source.folder(),
                        source.name(),
                        model,
                        parameters(source, taken),
                        gguf.type(),
                        GgufMix.quantizes(gguf.type(), gguf.options()),
                        ownKeys);
        Placed placed =
                place(
                        name + "-" + gguf.type(),
                        gguf.options().splitBytes(),
                        metadata,
                        chosen.stream()
                                .map(c ->
                                        new GgufLayout.Entry(
                                                c.tensor.name(), c.type, c.tensor.shape()))
                                .toList());
        List<TargetTensor> tensors = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            Chosen c = chosen.get(i);
            TensorSpec spec = specs.get(c.tensor.name());
            if (spec == null) {
                throw new IllegalStateException("no role for " + c.tensor.name());
            }
            tensors.add(tensor(source, dialect, gguf, spec, c, placed.places.get(i)));
        }
        return new TargetPlan(
                settings,
                placed.files.getFirst().path(),
                tensors,
                placed.files,
                PlanParts.leftOut(source, "GGUF", role -> taken(role, gguf.options())));
    }

    /** Whether a tensor goes into this file: the vision tower has one of its own. */
    private static boolean taken(Role role, GgufOptions options) {
        return switch (role.scope()) {
            case TEXT -> true;
            case MTP -> options.mtp();
            case VISION -> false;
        };
    }

    /** A matrix of another model would silently weigh nothing. */
    private static void checkNames(ImportanceMatrix matrix, List<GgufMix.Tensor> tensors) {
        if (tensors.stream().map(GgufMix.Tensor::name).noneMatch(matrix::has)) {
            throw Refusal.usage(
                    "--imatrix " + matrix.file() + " names no tensor of this model",
                    "give the importance matrix of this model");
        }
    }

    /** The files, and the place of each tensor, in the order of {@code entries}. */
    private record Placed(List<PlannedFile> files, List<Place> places) {}

    private record Place(Path file, GgufTensor tensor) {}

    /**
     * One file, or several where it is to be split, named as llama-gguf-split names them. As there,
     * one shard has a number too.
     */
    private static Placed place(
            String prefix,
            long splitBytes,
            SequencedMap<String, GgufValue> metadata,
            List<GgufLayout.Entry> entries) {
        if (splitBytes == 0) {
            GgufLayout layout = GgufLayout.of(metadata, entries);
            Path file = FOLDER.resolve(prefix + ".gguf");
            return new Placed(
                    List.of(planned(file, layout)),
                    layout.tensors().stream().map(t -> new Place(file, t)).toList());
        }
        GgufShardLayout layout = GgufShardLayout.of(prefix, metadata, entries, splitBytes);
        List<Path> paths = layout.shards().stream().map(s -> FOLDER.resolve(s.fileName())).toList();
        List<PlannedFile> files = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            files.add(planned(paths.get(i), layout.shards().get(i).layout()));
        }
        return new Placed(
                files,
                layout.tensors().stream()
                        .map(t -> new Place(paths.get(t.shard()), t.tensor()))
                        .toList());
    }

    private static PlannedFile planned(Path file, GgufLayout layout) {
        return new PlannedFile.Tensors(file, layout.header(), layout.fileBytes());
    }

    /**
     * A tensor with the type that it gets, and the type that the mix wanted where it is another.
     */
    private record Chosen(
            GgufMix.Tensor tensor, GgufType type, Encoding encoding, Optional<GgufType> replaced) {}

    private static Chosen chosen(Checkpoint source, GgufMix.Choice choice) {
        Encoding encoding =
                GgufEncodings.of(choice.type())
                        .orElseThrow(() ->
                                Refusal.notSupported(
                                        source.folder().path(),
                                        "tensor "
                                                + choice.tensor().name()
                                                + " wants GGUF type "
                                                + choice.type()
                                                + ", which cannot be written",
                                        "choose one of the file types that --help lists"));
        return new Chosen(choice.tensor(), choice.type(), encoding, choice.replaced());
    }

    private static TargetTensor tensor(
            Checkpoint source,
            GgufDialect dialect,
            TargetSettings.Gguf settings,
            TensorSpec spec,
            Chosen chosen,
            Place place) {
        GgufTensor placed = place.tensor;
        Role role = spec.role();
        SourceTensor tensor = source.tensor(role);
        Shape shape = tensor.entry().shape();
        Plane plane =
                new Plane(
                        placed.name(),
                        placed.type().name(),
                        placed.shape(),
                        place.file,
                        placed.offset(),
                        chosen.encoding.rowBytes(0, shape.columns()),
                        shape.rows());
        return new TargetTensor(
                role,
                tensor.name(),
                placed.name(),
                source.dialect().conventions().to(dialect.conventions(), source.model(), role),
                Optional.empty(),
                chosen.encoding,
                placed.shape(),
                List.of(plane),
                chosen.replaced.map(GgufType::name),
                settings.options()
                        .imatrix()
                        .map(m -> m.of(placed.name(), placed.shape(), chosen.encoding))
                        .orElse(Weighting.NONE));
    }

    /** Parameters that llama.cpp counts for the size label: everything that goes into the file. */
    private static long parameters(Checkpoint source, Predicate<SourceTensor> taken) {
        return source.tensors().stream()
                .filter(taken)
                .mapToLong(t -> t.entry().shape().elements())
                .sum();
    }

    @Override
    public boolean recognises(Path path) {
        return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    @Override
    public OpenedFile open(Path path) {
        return OpenedGguf.open(path);
    }
}
