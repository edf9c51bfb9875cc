package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.plan.MlxEncodings;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxOverride;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.mlx.MlxParameters;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;

/**
 * Plans an MLX folder. With the vision tower it holds the tensors that mlx-vlm 0.7.10 writes,
 * without it those that mlx-lm 0.32.2 does; mlx-lm loads the text of either.
 */
final class MlxPlanner {
    /**
     * Parameters that mlx-lm's index does not count: it counts those of leaf modules, and these
     * belong to none.
     */
    private static final Set<Part> OUTSIDE_LEAVES = Set.of(Part.DELTA_DECAY, Part.DELTA_DT_BIAS);

    private final Checkpoint source;
    private final TargetSettings.Mlx settings;
    private final Optional<VisionTower> tower;
    private final Plain.Type type;
    private final MlxMix mix;
    private final MlxDialect dialect = new MlxDialect();
    private final Map<String, MlxParameters> quantized = new LinkedHashMap<>();
    private final List<String> left = new ArrayList<>();

    private MlxPlanner(Checkpoint source, TargetSettings.Mlx settings) {
        this.source = source;
        this.settings = settings;
        this.tower = settings.options().textOnly() ? Optional.empty() : source.tower();
        this.type = settings.options().dtype().orElseGet(() -> type(source));
        this.mix = new MlxMix(settings, source.model().kinds().size(), tower.isPresent());
    }

    /**
     * Plans the folder.
     *
     * @throws Refusal where the group divides no row, or an override is of no module
     */
    static TargetPlan plan(Checkpoint source, TargetSettings.Mlx settings, Path folder) {
        return new MlxPlanner(source, settings).plan(folder);
    }

    private TargetPlan plan(Path folder) {
        List<MlxDraft> drafts = new ArrayList<>();
        for (TensorSpec spec : source.model().tensors()) {
            if (spec.role().scope() == Scope.TEXT) {
                drafts.add(text(spec.role()));
            }
        }
        check(drafts);
        tower.map(VisionTower::tensors)
                .orElse(List.of())
                .forEach(spec -> drafts.add(unquantized(spec.role(), Optional.empty())));
        MlxLayout layout = MlxLayout.of(drafts, settings, folder, settings.options().shardBytes());
        List<PlannedFile> files = new ArrayList<>(layout.files());
        files.add(index(layout, drafts, folder));
        MlxSideFiles side = new MlxSideFiles(source, folder, tower.isPresent());
        String config =
                new MlxConfig(source, tower.isPresent(), side.endOfText())
                        .write(settings, mix.entries(quantized, left));
        files.add(new PlannedFile.Whole(folder.resolve("config.json"), Bytes.utf8(config)));
        files.addAll(side.files());
        return new TargetPlan(
                settings,
                folder,
                layout.tensors(),
                files,
                PlanParts.leftOut(source, this::taken, PlanParts::notInMlx));
    }

    private boolean taken(Role role) {
        return role.scope() == Scope.TEXT || (role.scope() == Scope.VISION && tower.isPresent());
    }

    private void check(List<MlxDraft> drafts) {
        if (quantized.isEmpty() && left.isEmpty()) {
            throw Refusal.badInput(
                    source.folder().path(),
                    "has no matrix whose rows are of groups of " + settings.common().groupSize(),
                    "choose a smaller --mlx-group");
        }
        for (MlxOverride override : settings.options().overrides()) {
            if (drafts.stream()
                    .filter(d -> d.shape().rank() == 2)
                    .noneMatch(d -> override.matches(MlxDraft.module(d.name())))) {
                throw Refusal.usage(
                        "--mlx-tensor " + override + ": the pattern is found in no module",
                        "give one that is found in paths such as "
                                + MlxDraft.module(dialect.name(Role.text(0, Part.MLP_DOWN))));
            }
        }
    }

    private MlxDraft text(Role role) {
        Shape shape = source.tensor(role).entry().shape();
        if (shape.rank() != 2) {
            return unquantized(role, Optional.empty());
        }
        String module = MlxDraft.module(dialect.name(role));
        Optional<MlxParameters> wanted = mix.wanted(role, module);
        if (wanted.isEmpty()) {
            left.add(module);
            return unquantized(role, Optional.empty());
        }
        Encoding common = MlxEncodings.of(settings.common(), type);
        Encoding encoding = MlxEncodings.of(wanted.get(), type);
        if (!mix.takes(shape.columns())) {
            return unquantized(role, Optional.of(common.label()));
        }
        if (!encoding.takes(shape.columns())) {
            return unquantized(role, Optional.of(encoding.label()));
        }
        quantized.put(module, wanted.get());
        Plain own = own(role);
        // mlx-lm casts a weight before it quantizes it.
        Optional<Plain> via = own.type() == type ? Optional.empty() : Optional.of(new Plain(type));
        return draft(role, via, encoding, Optional.empty());
    }

    private MlxDraft unquantized(Role role, Optional<String> fellBackFrom) {
        Plain own = own(role);
        Plain stored = role.part() == Part.DELTA_DECAY ? own : new Plain(type);
        // mlx-lm adds the one of a norm in the tensor's own type, then casts.
        boolean twice = transform(role).map() == ElementMap.ADD_ONE && !own.equals(stored);
        return draft(role, twice ? Optional.of(own) : Optional.empty(), stored, fellBackFrom);
    }

    private MlxDraft draft(
            Role role, Optional<Plain> via, Encoding encoding, Optional<String> fellBackFrom) {
        SourceTensor tensor = source.tensor(role);
        return new MlxDraft(
                role,
                tensor,
                dialect.name(role),
                transform(role),
                via,
                encoding,
                dialect.conventions().shape(role, tensor.entry().shape()),
                fellBackFrom);
    }

    private Plain own(Role role) {
        return Checkpoint.plain(source.tensor(role).entry().dtype()).orElseThrow();
    }

    private Transform transform(Role role) {
        return source.transform(dialect.conventions(), role);
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
        return MlxOptions.dtype(named)
                .orElseGet(() ->
                        Checkpoint.plain(source.tensor(Role.text(Part.EMBEDDING)).entry().dtype())
                                .orElseThrow()
                                .type());
    }

    /** The index, which mlx-lm writes with the number of parameters and mlx-vlm without. */
    private PlannedFile index(MlxLayout layout, List<MlxDraft> drafts, Path folder) {
        Map<String, Object> metadata = new TreeMap<>();
        metadata.put("total_size", layout.tensorBytes());
        if (tower.isEmpty()) {
            metadata.put(
                    "total_parameters",
                    drafts.stream()
                            .filter(d -> !OUTSIDE_LEAVES.contains(d.role().part()))
                            .mapToLong(d -> d.shape().elements())
                            .sum());
        }
        Map<String, Object> index = new TreeMap<>();
        index.put("metadata", metadata);
        index.put("weight_map", layout.shardOf());
        return PlanParts.json(folder.resolve("model.safetensors.index.json"), index);
    }
}
