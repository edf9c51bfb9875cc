package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.dialect.MmprojDialect;
import pennyweight.converter.dialect.MmprojReader;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.VisionModel;
import pennyweight.converter.reference.VisionPass;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.DialectWeights;
import pennyweight.formats.gguf.GgufShards;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufValue;

/**
 * A GGUF file of Qwen3.5's vision tower, read back: one of ours, or one that llama.cpp's converter
 * wrote.
 */
final class OpenedMmproj implements OpenedFile {
    private final GgufShards file;
    private final VisionTower tower;
    private final OpenedTensors tensors;
    private final MmprojDialect dialect = new MmprojDialect();

    private OpenedMmproj(GgufShards file, VisionTower tower, OpenedTensors tensors) {
        this.file = file;
        this.tower = tower;
        this.tensors = tensors;
    }

    /** Takes over an open file, which the caller closes where this throws. */
    static OpenedMmproj of(GgufShards file) {
        VisionTower tower = MmprojReader.read(file);
        MmprojDialect dialect = new MmprojDialect();
        OpenedTensors tensors = new OpenedTensors();
        for (GgufTensor t : file.tensors()) {
            Optional<Role> role = dialect.role(t.name());
            if (role.isPresent()) {
                tensors.put(role.get(), t.name(), GgufTensors.encoded(file, t, role.get()));
            }
        }
        return new OpenedMmproj(file, tower, tensors);
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
        return "mmproj " + GgufTensors.types(file);
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
    public List<String> contradictions(Checkpoint source) {
        Optional<VisionTower> original = source.tower();
        if (original.isEmpty()) {
            return List.of("holds a vision tower, which the checkpoint has not");
        }
        List<String> contradictions = new ArrayList<>();
        for (Map.Entry<String, GgufValue> key :
                MmprojMetadata.clip(source, original.get()).entrySet()) {
            Optional<GgufValue> found = file.metadata().find(key.getKey());
            if (found.isPresent() && !found.get().equals(key.getValue())) {
                contradictions.add(
                        "has "
                                + key.getKey()
                                + " "
                                + GgufTensors.shown(found.get())
                                + ", where the checkpoint gives "
                                + GgufTensors.shown(key.getValue()));
            }
        }
        return contradictions;
    }

    @Override
    public Optional<LanguageModel> languageModel(int jobs) {
        return Optional.empty();
    }

    @Override
    public Optional<VisionModel> visionModel(int jobs) {
        return Optional.of(
                new VisionPass(
                        tower, new DialectWeights(tower, conventions(), tensors::tensor), jobs));
    }

    @Override
    public void close() {
        file.close();
    }
}
