package pennyweight.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pennyweight.formats.gguf.ImatrixEntry;
import pennyweight.formats.gguf.ImatrixFile;

/** Looks into importance matrices: an entry is shown as a tensor of its columns. */
final class ImatrixInspector {
    private ImatrixInspector() {}

    static Inspection inspect(Path path) {
        ImatrixFile file = ImatrixFile.read(path);
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("form", file.form().toString());
        metadata.put("entries", file.entries().size());
        metadata.put("chunk_count", file.chunkCount());
        if (file.chunkSize() > 0) {
            metadata.put("chunk_size", file.chunkSize());
        }
        metadata.put("datasets", file.datasets());
        Inspection.StoredFile stored = SafetensorsInspector.stored(path);
        List<Inspection.Tensor> tensors = new ArrayList<>();
        for (ImatrixEntry e : file.entries()) {
            tensors.add(
                    new Inspection.Tensor(
                            e.name(),
                            "F32",
                            e.matrices() == 1
                                    ? List.of((long) e.columns())
                                    : List.of((long) e.matrices(), (long) e.columns()),
                            (long) Float.BYTES * e.length(),
                            stored.name(),
                            e.offset(),
                            note(file, e)));
        }
        return new Inspection(path, "imatrix", List.of(stored), metadata, tensors, List.of());
    }

    private static String note(ImatrixFile file, ImatrixEntry e) {
        String measured = e.rows() + (file.form() == ImatrixFile.Form.GGUF ? " rows" : " chunks");
        String unseen =
                e.unseenMatrices() == 0
                        ? ""
                        : ", nothing of "
                                + e.unseenMatrices()
                                + " of "
                                + e.matrices()
                                + " matrices";
        return measured + unseen + (e.isZero() ? ", all zero" : "");
    }
}
