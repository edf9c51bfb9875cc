package pennyweight.cli.inspect;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.safetensors.SafetensorsFile;

/** Looks into single safetensors files. */
final class SafetensorsInspector {
    private SafetensorsInspector() {}

    static Inspection inspect(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            return new Inspection(
                    path,
                    "safetensors",
                    List.of(stored(path)),
                    new LinkedHashMap<>(file.metadata()),
                    file.tensors().stream().map(t -> tensor(t, "")).toList(),
                    List.of());
        } catch (Refusal e) {
            if (e.kind() != Refusal.Kind.NOT_SUPPORTED) {
                throw e;
            }
            LooseHeader header = LooseHeader.read(path);
            return new Inspection(
                    path,
                    "safetensors",
                    List.of(stored(path)),
                    Map.copyOf(header.metadata()),
                    header.tensors(),
                    List.of(String.valueOf(e.getMessage())));
        }
    }

    static Inspection.StoredFile stored(Path file) {
        return new Inspection.StoredFile(
                String.valueOf(file.getFileName()), file.toFile().length());
    }

    static Inspection.Tensor tensor(TensorEntry t, String note) {
        return new Inspection.Tensor(
                t.name(),
                t.dtype().name(),
                t.shape().dimensions(),
                t.bytes(),
                String.valueOf(t.file().getFileName()),
                t.offset(),
                note);
    }
}
