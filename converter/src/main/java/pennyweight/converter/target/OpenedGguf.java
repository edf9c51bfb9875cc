package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.GgufDialect;
import pennyweight.converter.dialect.GgufModelReader;
import pennyweight.converter.dialect.MmprojReader;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.source.DialectWeights;
import pennyweight.formats.gguf.GgufShards;
import pennyweight.formats.gguf.GgufTensor;

/** A GGUF file of Qwen3.5, read back: one of ours, or one that llama.cpp's tools wrote. */
final class OpenedGguf implements OpenedFile {
    private final GgufShards file;
    private final Qwen35 model;
    private final GgufDialect dialect;
    private final OpenedTensors tensors;

    private OpenedGguf(GgufShards file, Qwen35 model, GgufDialect dialect, OpenedTensors tensors) {
        this.file = file;
        this.model = model;
        this.dialect = dialect;
        this.tensors = tensors;
    }

    /** Opens a file of the text model, or of the vision tower: its architecture tells. */
    static OpenedFile open(Path path) {
        GgufShards file = GgufShards.open(path);
        try {
            if (MmprojReader.recognises(file)) {
                return OpenedMmproj.of(file);
            }
            Qwen35 model = GgufModelReader.read(file);
            GgufDialect dialect = new GgufDialect(model.layers());
            OpenedTensors tensors = new OpenedTensors();
            for (GgufTensor t : file.tensors()) {
                Optional<Role> role = dialect.role(t.name());
                if (role.isPresent()) {
                    tensors.put(role.get(), t.name(), GgufTensors.encoded(file, t, role.get()));
                }
            }
            tensors.require(path, model, role -> true);
            return new OpenedGguf(file, model, dialect, tensors);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public String format() {
        return "gguf";
    }

    @Override
    public String label() {
        return GgufTensors.types(file);
    }

    @Override
    public Optional<TargetSettings> settings() {
        return PlanParts.parseSettings(
                path(), file.metadata().optionalString(PlanParts.SETTINGS_KEY));
    }

    @Override
    public long bytes() {
        return file.bytes();
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
        return GgufTensors.differences(file, plan);
    }

    @Override
    public Optional<LanguageModel> languageModel(int jobs) {
        return Optional.of(
                new ForwardPass(
                        model, new DialectWeights(model, conventions(), tensors::tensor), jobs));
    }

    @Override
    public void close() {
        file.close();
    }
}
