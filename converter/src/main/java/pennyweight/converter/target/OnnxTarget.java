package pennyweight.converter.target;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.dialect.OnnxDialect;
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
import pennyweight.converter.target.onnx.OnnxDecoder;
import pennyweight.converter.target.onnx.Placed;
import pennyweight.formats.Bytes;
import pennyweight.formats.onnx.OnnxWriter;
import pennyweight.quantizer.encoding.Encoding;

/** The text decoder as an ONNX graph with its weights in one file beside it. */
public final class OnnxTarget implements Target {
    private static final Path FOLDER = Path.of("onnx");
    private static final String GRAPH = "model.onnx";
    private static final String DATA = "model.onnx.data";

    private final OnnxDialect dialect = new OnnxDialect();

    @Override
    public String format() {
        return "onnx";
    }

    @Override
    public TargetPlan plan(Checkpoint source, TargetSettings settings, String name) {
        TargetSettings.Onnx onnx = (TargetSettings.Onnx) settings;
        OnnxMix mix = new OnnxMix(source.model(), onnx);
        OnnxDecoder decoder =
                OnnxDecoder.build(
                        source.model(),
                        mix::encoding,
                        onnx.accuracy(),
                        DATA,
                        Map.of(PlanParts.SETTINGS_KEY, PlanParts.settingsLine(settings)));
        Map<Role, List<Plane>> planes = new HashMap<>();
        for (Placed placed : decoder.tensors()) {
            long rows = source.tensor(placed.role()).entry().shape().rows();
            planes.computeIfAbsent(placed.role(), k -> new ArrayList<>(List.of()))
                    .add(
                            new Plane(
                                    placed.name(),
                                    placed.dtype().name(),
                                    placed.shape(),
                                    FOLDER.resolve(DATA),
                                    placed.offset(),
                                    placed.bytes() / rows,
                                    rows));
        }
        List<TargetTensor> tensors = new ArrayList<>();
        for (TensorSpec spec : source.model().tensors()) {
            if (spec.role().scope() == Scope.TEXT) {
                tensors.add(
                        tensor(
                                source,
                                spec,
                                mix.encoding(spec.role()),
                                planes.getOrDefault(spec.role(), List.of())));
            }
        }
        List<PlannedFile> files = new ArrayList<>();
        files.add(
                new PlannedFile.Whole(
                        FOLDER.resolve(GRAPH), Bytes.of(OnnxWriter.toBytes(decoder.model()))));
        files.add(
                new PlannedFile.Tensors(
                        FOLDER.resolve(DATA), Bytes.of(new byte[0]), decoder.dataBytes()));
        files.addAll(PlanParts.tokenizerFiles(source, FOLDER));
        return new TargetPlan(
                settings,
                FOLDER.resolve(GRAPH),
                tensors,
                files,
                PlanParts.leftOut(source, "ONNX", role -> role.scope() == Scope.TEXT));
    }

    private TargetTensor tensor(
            Checkpoint source, TensorSpec spec, Encoding encoding, List<Plane> planes) {
        SourceTensor tensor = source.tensor(spec.role());
        return new TargetTensor(
                spec.role(),
                tensor.name(),
                dialect.name(spec.role()),
                source.dialect()
                        .conventions()
                        .to(dialect.conventions(), source.model(), spec.role()),
                Optional.empty(),
                encoding,
                dialect.conventions().shape(spec.role(), spec.shape()),
                planes,
                Optional.empty());
    }

    @Override
    public boolean recognises(Path path) {
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        return name.endsWith(".onnx")
                || (Files.isDirectory(path) && Files.isRegularFile(path.resolve(GRAPH)));
    }

    @Override
    public OpenedFile open(Path path) {
        return OpenedOnnx.open(Files.isDirectory(path) ? path.resolve(GRAPH) : path);
    }
}
