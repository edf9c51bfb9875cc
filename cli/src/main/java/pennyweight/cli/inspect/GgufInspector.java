package pennyweight.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.gguf.GgufValueType;

/** Looks into GGUF files. */
final class GgufInspector {
    /** Elements shown of an array: vocabularies have a quarter of a million. */
    private static final int SHOWN = 16;

    private GgufInspector() {}

    static Inspection inspect(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            String name = String.valueOf(path.getFileName());
            Map<String, Object> metadata = new LinkedHashMap<>();
            file.metadata().values().forEach((key, value) -> metadata.put(key, plain(value)));
            List<Inspection.Tensor> tensors = new ArrayList<>();
            for (GgufTensor t : file.tensors()) {
                tensors.add(
                        new Inspection.Tensor(
                                t.name(),
                                t.type().name(),
                                t.shape().dimensions(),
                                t.bytes(),
                                name,
                                t.offset(),
                                ""));
            }
            return new Inspection(
                    path,
                    "gguf",
                    List.of(new Inspection.StoredFile(name, file.input().size())),
                    metadata,
                    tensors,
                    List.of());
        }
    }

    private static Object plain(GgufValue value) {
        return switch (value) {
            case GgufValue.U8 v -> v.value();
            case GgufValue.I8 v -> v.value();
            case GgufValue.U16 v -> v.value();
            case GgufValue.I16 v -> v.value();
            case GgufValue.U32 v -> v.value();
            case GgufValue.I32 v -> v.value();
            case GgufValue.F32 v -> v.value();
            case GgufValue.F64 v -> v.value();
            case GgufValue.Bool v -> v.value();
            case GgufValue.Text v -> v.value();
            case GgufValue.I64 v -> v.value();
            case GgufValue.U64 v -> new java.math.BigInteger(Long.toUnsignedString(v.value()));
            case GgufValue.Strings v ->
                    array(
                            "string",
                            v.values().size(),
                            List.copyOf(v.values().subList(0, Math.min(SHOWN, v.values().size()))));
            case GgufValue.Numbers v -> {
                List<Object> first = new ArrayList<>();
                for (int i = 0; i < Math.min(SHOWN, v.size()); i++) {
                    first.add(element(v, i));
                }
                yield array(v.element().toString(), v.size(), first);
            }
        };
    }

    private static Object element(GgufValue.Numbers numbers, int i) {
        if (numbers.element() == GgufValueType.F32 || numbers.element() == GgufValueType.F64) {
            return numbers.real(i);
        }
        return numbers.element() == GgufValueType.BOOL
                ? (Object) (numbers.integer(i) != 0)
                : (Object) numbers.integer(i);
    }

    private static Map<String, Object> array(String type, int count, List<?> first) {
        Map<String, Object> array = new LinkedHashMap<>();
        array.put("array", type);
        array.put("count", count);
        array.put("first", first);
        return array;
    }
}
