package pennyweight.converter.target;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufShards;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.gguf.GgufValueType;
import pennyweight.quantizer.encoding.Encoding;

/** What opened GGUF files have in common, whatever model is in them. */
final class GgufTensors {
    /** Elements shown of an array. */
    private static final int SHOWN = 4;

    private GgufTensors() {}

    /** The numbers of a tensor; throws {@link Refusal} of a type that cannot be decoded. */
    static EncodedTensor encoded(GgufShards file, GgufTensor t, Role role) {
        Encoding encoding =
                GgufEncodings.of(t.type())
                        .orElseThrow(() ->
                                Refusal.notSupported(
                                        file.path(),
                                        "tensor "
                                                + t.name()
                                                + " is of type "
                                                + t.type()
                                                + ", which cannot be decoded yet",
                                        "verify a file of the types that --help lists"));
        Shape matrix = role.part().matrix(t.shape());
        return new EncodedTensor(
                encoding,
                matrix.rows(),
                Math.toIntExact(matrix.columns()),
                List.of(new EncodedTensor.Location(file.input(t), t.offset())));
    }

    /** The types of a file's tensors, by name. */
    static String types(GgufShards file) {
        Set<String> types = new TreeSet<>();
        file.tensors().forEach(t -> types.add(t.type().name()));
        return String.join(", ", types);
    }

    /** How a file differs from its plan, the tensors' numbers apart. */
    static List<String> differences(GgufShards file, TargetPlan plan) {
        List<String> differences = new ArrayList<>();
        List<PlannedFile> planned = plan.files();
        if (planned.size() != file.files().size()) {
            differences.add(
                    "is of " + file.files().size() + " files, not the planned " + planned.size());
        }
        // Shards by their numbers, whatever the files are called now.
        for (int i = 0; i < Math.min(planned.size(), file.files().size()); i++) {
            differences.addAll(
                    FileDifferences.of(planned.get(i), file.files().get(i).input().path()));
        }
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

    /** A value of metadata for people; of a long array the beginning. */
    static String shown(GgufValue value) {
        return switch (value) {
            case GgufValue.U32 v -> String.valueOf(v.value());
            case GgufValue.F32 v -> String.valueOf(v.value());
            case GgufValue.Bool v -> String.valueOf(v.value());
            case GgufValue.Text v -> v.value();
            case GgufValue.Numbers v -> numbers(v);
            default -> value.toString();
        };
    }

    private static String numbers(GgufValue.Numbers v) {
        boolean real = v.element() == GgufValueType.F32 || v.element() == GgufValueType.F64;
        StringJoiner text = new StringJoiner(", ", "[", v.size() > SHOWN ? ", ...]" : "]");
        for (int i = 0; i < Math.min(SHOWN, v.size()); i++) {
            text.add(real ? String.valueOf((float) v.real(i)) : String.valueOf(v.integer(i)));
        }
        return text.toString();
    }
}
