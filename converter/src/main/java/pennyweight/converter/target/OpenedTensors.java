package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import pennyweight.converter.model.Model;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;

/**
 * The tensors of an opened file by role, with the names that the file gives them, in the file's
 * order.
 */
public final class OpenedTensors {
    private record Named(String name, EncodedTensor tensor) {}

    private final Map<Role, Named> tensors = new LinkedHashMap<>();

    void put(Role role, String name, EncodedTensor tensor) {
        tensors.put(role, new Named(name, tensor));
    }

    Set<Role> roles() {
        return Set.copyOf(tensors.keySet());
    }

    String name(Role role) {
        return named(role).name;
    }

    EncodedTensor tensor(Role role) {
        return named(role).tensor;
    }

    /**
     * Refuses a file that lacks a tensor of its own model, or has one in a shape that is not the
     * model's.
     */
    void require(Path file, Model model, Predicate<Role> wanted) {
        require(file, model.tensors().stream().filter(t -> wanted.test(t.role())).toList());
    }

    /** As above, of tensors whose shapes are given as Hugging Face has them. */
    void require(Path file, List<TensorSpec> specs) {
        for (TensorSpec spec : specs) {
            if (!tensors.containsKey(spec.role())) {
                throw Refusal.badInput(
                        file,
                        "has no tensor for "
                                + spec.role()
                                + ", which the model in its metadata needs",
                        "write the file again");
            }
            EncodedTensor found = tensor(spec.role());
            Shape wantedMatrix = spec.role().part().matrix(spec.shape());
            if (found.rows() != wantedMatrix.rows() || found.columns() != wantedMatrix.columns()) {
                throw Refusal.badTensor(
                        file,
                        name(spec.role()),
                        "has "
                                + found.rows()
                                + " rows of "
                                + found.columns()
                                + ", but the metadata wants "
                                + wantedMatrix.rows()
                                + " of "
                                + wantedMatrix.columns(),
                        "write the file again");
            }
        }
    }

    private Named named(Role role) {
        Named named = tensors.get(role);
        if (named == null) {
            throw new IllegalArgumentException("no tensor for " + role);
        }
        return named;
    }
}
