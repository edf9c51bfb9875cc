package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.GgufDialect;
import pennyweight.converter.dialect.GgufModelReader;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.source.DialectWeights;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.quantizer.encoding.Encoding;

/** A GGUF file of Qwen3.5, read back: one of ours, or one that llama.cpp's tools wrote. */
final class OpenedGguf implements OpenedFile {
    private final GgufFile file;
    private final Qwen35 model;
    private final GgufDialect dialect;
    private final OpenedTensors tensors;

    private OpenedGguf(GgufFile file, Qwen35 model, GgufDialect dialect, OpenedTensors tensors) {
        this.file = file;
        this.model = model;
        this.dialect = dialect;
        this.tensors = tensors;
    }

    static OpenedGguf open(Path path) {
        GgufFile file = GgufFile.open(path);
        try {
            Qwen35 model = GgufModelReader.read(file);
            GgufDialect dialect = new GgufDialect(model.layers());
            OpenedTensors tensors = new OpenedTensors();
            for (GgufTensor t : file.tensors()) {
                Optional<Role> role = dialect.role(t.name());
                if (role.isPresent()) {
                    tensors.put(role.get(), t.name(), tensor(file, t));
                }
            }
            tensors.require(path, model, role -> true);
            return new OpenedGguf(file, model, dialect, tensors);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static EncodedTensor tensor(GgufFile file, GgufTensor t) {
        Encoding encoding =
                GgufEncodings.of(t.type())
                        .orElseThrow(() ->
                                Refusal.notSupported(
                                        file.input().path(),
                                        "tensor "
                                                + t.name()
                                                + " is of type "
                                                + t.type()
                                                + ", which cannot be decoded yet",
                                        "verify a file of the types that --help lists"));
        return new EncodedTensor(
                encoding,
                t.shape().rows(),
                Math.toIntExact(t.shape().columns()),
                List.of(new EncodedTensor.Location(file.input(), t.offset())));
    }

    @Override
    public Path path() {
        return file.input().path();
    }

    @Override
    public String format() {
        return "gguf";
    }

    @Override
    public String label() {
        Set<String> types = new TreeSet<>();
        file.tensors().forEach(t -> types.add(t.type().name()));
        return String.join(", ", types);
    }

    @Override
    public Optional<TargetSettings> settings() {
        return PlanParts.parseSettings(file.metadata().optionalString(PlanParts.SETTINGS_KEY));
    }

    @Override
    public long bytes() {
        return file.input().size();
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
                new ArrayList<>(
                        FileDifferences.of(plan, folder, path().resolveSibling(""), path()));
        differences.addAll(
                FileDifferences.planes(
                        plan,
                        name ->
                                file.tensor(name)
                                        .map(t ->
                                                new FileDifferences.Found(
                                                        t.type().name(), t.shape(), t.offset()))));
        return differences;
    }

    @Override
    public LanguageModel languageModel(int jobs) {
        return new ForwardPass(
                model, new DialectWeights(model, conventions(), tensors::tensor), jobs);
    }

    @Override
    public void close() {
        file.close();
    }
}
