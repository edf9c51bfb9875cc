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
import pennyweight.converter.dialect.GgufDialect;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.GgufMix;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.SourceTensor;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufLayout;
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
        TargetSettings.Gguf gguf = (TargetSettings.Gguf) settings;
        Qwen35 model = source.model();
        GgufDialect dialect = new GgufDialect(model.layers());
        Map<String, TensorSpec> specs = new HashMap<>();
        for (TensorSpec spec : model.tensors()) {
            specs.put(dialect.name(spec.role()), spec);
        }
        // Where types are plain the file keeps the order that llama.cpp's converter finds the
        // tensors in.
        List<GgufMix.Tensor> named =
                source.tensors().stream()
                        .filter(t -> t.role().isPresent())
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
                        named,
                        model.heads(),
                        model.kvHeads(),
                        model.layers() + model.mtpLayers(),
                        false);
        List<Chosen> chosen = choices.stream().map(c -> chosen(source, c)).toList();
        SequencedMap<String, GgufValue> settingsKey = new LinkedHashMap<>();
        settingsKey.put(
                PlanParts.SETTINGS_KEY, new GgufValue.Text(PlanParts.settingsLine(settings)));
        SequencedMap<String, GgufValue> metadata =
                GgufMetadataBuilder.build(
                        source.folder(),
                        source.name(),
                        model,
                        parameters(source),
                        gguf.type(),
                        settingsKey);
        GgufLayout layout =
                GgufLayout.of(
                        metadata,
                        chosen.stream()
                                .map(c ->
                                        new GgufLayout.Entry(
                                                c.tensor.name(), c.type, c.tensor.shape()))
                                .toList());
        Path file = FOLDER.resolve(name + "-" + gguf.type() + ".gguf");
        List<TargetTensor> tensors = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            Chosen c = chosen.get(i);
            TensorSpec spec = specs.get(c.tensor.name());
            if (spec == null) {
                throw new IllegalStateException("no role for " + c.tensor.name());
            }
            tensors.add(tensor(source, dialect, spec, c, layout.tensors().get(i), file));
        }
        return new TargetPlan(
                settings,
                file,
                tensors,
                List.of(
                        new PlannedFile.Tensors(
                                file, Bytes.of(layout.header()), layout.fileBytes())),
                PlanParts.leftOut(source, "GGUF", role -> true));
    }

    /**
     * A tensor with the type that it gets, and the type that the mix wanted where it is another.
     */
    private record Chosen(
            GgufMix.Tensor tensor, GgufType type, Encoding encoding, Optional<GgufType> replaced) {}

    private static Chosen chosen(Checkpoint source, GgufMix.Choice choice) {
        Optional<Encoding> encoding = GgufEncodings.of(choice.type());
        if (encoding.isPresent()) {
            return new Chosen(choice.tensor(), choice.type(), encoding.get(), choice.replaced());
        }
        if (choice.replaced().isEmpty()) {
            throw Refusal.notSupported(
                    source.folder().path(),
                    "tensor "
                            + choice.tensor().name()
                            + " wants GGUF type "
                            + choice.type()
                            + ", which cannot be written yet",
                    "choose one of the file types that --help lists");
        }
        GgufType wide =
                GgufType.Q8_0.takes(choice.tensor().shape().columns())
                        ? GgufType.Q8_0
                        : GgufType.F16;
        return new Chosen(
                choice.tensor(), wide, GgufEncodings.of(wide).orElseThrow(), choice.replaced());
    }

    private static TargetTensor tensor(
            Checkpoint source,
            GgufDialect dialect,
            TensorSpec spec,
            Chosen chosen,
            GgufTensor placed,
            Path file) {
        Role role = spec.role();
        SourceTensor tensor = source.tensor(role);
        Shape shape = tensor.entry().shape();
        Plane plane =
                new Plane(
                        placed.name(),
                        placed.type().name(),
                        placed.shape(),
                        file,
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
                chosen.replaced.map(GgufType::name));
    }

    /** Parameters that llama.cpp counts for the size label: everything that goes into the file. */
    private static long parameters(Checkpoint source) {
        return source.tensors().stream()
                .filter(t -> t.role().isPresent())
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
