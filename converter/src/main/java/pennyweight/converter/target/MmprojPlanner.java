package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import pennyweight.converter.dialect.MmprojDialect;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.GgufMix;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.quantizer.encoding.Encoding;

/**
 * Plans the GGUF file of the vision tower, which llama.cpp loads beside that of the text model:
 * {@code mmproj-NAME-TYPE.gguf}, with the bytes and the metadata of llama.cpp's converter.
 */
final class MmprojPlanner {
    private final Checkpoint source;
    private final TargetSettings.Mmproj settings;
    private final MmprojDialect dialect = new MmprojDialect();

    private MmprojPlanner(Checkpoint source, TargetSettings.Mmproj settings) {
        this.source = source;
        this.settings = settings;
    }

    /** Plans the file; throws {@link Refusal} where the checkpoint has no tower. */
    static TargetPlan plan(
            Checkpoint source, TargetSettings.Mmproj settings, Path folder, String name) {
        VisionTower tower =
                source.tower()
                        .orElseThrow(() ->
                                Refusal.badInput(
                                        source.folder().path(),
                                        "has no vision tower to write a mmproj file of",
                                        "use a checkpoint that has one, or do not ask for the file"));
        Path file = folder.resolve("mmproj-" + name + "-" + settings.type() + ".gguf");
        return new MmprojPlanner(source, settings).plan(tower, file);
    }

    /** A tensor whose place is not known yet. */
    private record Draft(
            Role role,
            SourceTensor tensor,
            String name,
            Shape shape,
            GgufType type,
            Optional<GgufType> replaced) {}

    private TargetPlan plan(VisionTower tower, Path file) {
        if (tower.temporalPatch() != dialect.conventions().stored(Role.vision(Part.PATCH)).size()) {
            throw Refusal.notSupported(
                    source.folder().configFile(),
                    "vision_config.temporal_patch_size is " + tower.temporalPatch(),
                    "GGUF has names for the kernels of 2 frames");
        }
        List<Draft> drafts =
                source.tensors().stream()
                        .filter(t -> t.role().filter(MmprojPlanner::taken).isPresent())
                        .sorted((a, b) -> GgufMix.BY_SHARD_AND_NAME.compare(a.entry(), b.entry()))
                        .flatMap(t -> drafts(t).stream())
                        .toList();
        long parameters = drafts.stream().mapToLong(d -> d.shape.elements()).sum();
        SequencedMap<String, GgufValue> metadata =
                MmprojMetadata.build(source, tower, parameters, settings.type());
        metadata.put(PlanParts.SETTINGS_KEY, new GgufValue.Text(PlanParts.settingsLine(settings)));
        GgufLayout layout =
                GgufLayout.of(
                        metadata,
                        drafts.stream()
                                .map(d -> new GgufLayout.Entry(d.name, d.type, d.shape))
                                .toList());
        List<TargetTensor> tensors = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            tensors.add(tensor(drafts.get(i), layout.tensors().get(i), file));
        }
        return new TargetPlan(
                settings,
                file,
                tensors,
                List.of(new PlannedFile.Tensors(file, layout.header(), layout.fileBytes())),
                PlanParts.leftOut(source, MmprojPlanner::taken, PlanParts::notOfTheTower));
    }

    private static boolean taken(Role role) {
        return role.scope() == Scope.VISION;
    }

    private List<Draft> drafts(SourceTensor tensor) {
        Role whole = tensor.role().orElseThrow();
        Shape shape = dialect.conventions().shape(whole, tensor.entry().shape());
        List<Draft> drafts = new ArrayList<>();
        for (Role role : dialect.conventions().stored(whole)) {
            GgufType wanted = type(role, shape);
            GgufType fitting = wanted.takes(shape.columns()) ? wanted : GgufType.F16;
            drafts.add(
                    new Draft(
                            role,
                            tensor,
                            dialect.name(role),
                            shape,
                            fitting,
                            fitting == wanted ? Optional.empty() : Optional.of(wanted)));
        }
        return drafts;
    }

    /**
     * The type that the converter wants ({@code conversion/base.py}, {@code prepare_tensors} and
     * {@code MmprojModel.tensor_force_quant}).
     */
    private GgufType type(Role role, Shape shape) {
        if (role.part().whole() == Part.PATCH) {
            return settings.type().mainType() == GgufType.F16 ? GgufType.F16 : GgufType.F32;
        }
        return shape.rank() <= 1 || role.part() == Part.POSITIONS
                ? GgufType.F32
                : settings.type().mainType();
    }

    private TargetTensor tensor(Draft draft, GgufTensor placed, Path file) {
        Encoding encoding = GgufEncodings.of(draft.type).orElseThrow();
        Transform transform = source.transform(dialect.conventions(), draft.role);
        Shape matrix = draft.role.part().matrix(draft.shape);
        Plane plane =
                new Plane(
                        draft.name,
                        draft.type.name(),
                        draft.shape,
                        file,
                        placed.offset(),
                        encoding.rowBytes(0, matrix.columns()),
                        matrix.rows());
        return new TargetTensor(
                draft.role,
                draft.tensor.name(),
                draft.name,
                transform,
                Optional.empty(),
                encoding,
                draft.shape,
                List.of(plane),
                draft.replaced.map(GgufType::name));
    }
}
