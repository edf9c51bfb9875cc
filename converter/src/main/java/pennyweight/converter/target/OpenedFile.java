package pennyweight.converter.target;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.VisionModel;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;

/** A written file, read back with nothing known but what stands in it. */
public interface OpenedFile extends Closeable {
    /** The file, or the folder of a format that is one. */
    Path path();

    String format();

    /** What people call the type of its numbers. */
    String label();

    /** The settings that one of our own files carries; nothing of a stranger's. */
    Optional<TargetSettings> settings();

    /** Bytes of the files that a runtime loads. */
    long bytes();

    /** The tensors that have a role, with their names in the file. */
    OpenedTensors tensors();

    /** The roles that the file has tensors for. */
    default Set<Role> roles() {
        return tensors().roles();
    }

    /** The name of a role's tensor in the file. */
    default String name(Role role) {
        return tensors().name(role);
    }

    /** A role's numbers, in the file's own conventions. */
    default EncodedTensor tensor(Role role) {
        return tensors().tensor(role);
    }

    Conventions conventions();

    /**
     * How the file differs from its plan in anything but the tensors' numbers: names, types,
     * shapes, places, metadata. One line each; empty when it does not.
     */
    List<String> differences(TargetPlan plan);

    /**
     * What the file's metadata says against the checkpoint, as far as no forward pass shows it. One
     * line each.
     */
    default List<String> contradictions(Checkpoint source) {
        return List.of();
    }

    /**
     * The forward pass over the file's own names, shapes, types and metadata; nothing where the
     * file holds no decoder but another part of a model.
     *
     * @param jobs number of worker threads
     */
    Optional<LanguageModel> languageModel(int jobs);

    /**
     * The forward pass over the file's own vision tower, as {@link #languageModel} is over its
     * decoder; nothing where the file holds no tower.
     *
     * @param jobs number of worker threads
     */
    default Optional<VisionModel> visionModel(int jobs) {
        return Optional.empty();
    }

    @Override
    void close();
}
