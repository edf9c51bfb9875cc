package pennyweight.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import pennyweight.converter.plan.GgufEncodings;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufShards;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufType;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.gguf.GgufValueType;
import pennyweight.formats.gguf.ImatrixFile;

/** Looks into GGUF files: models, one file or all files of a split one, and whatever else. */
final class GgufInspector {
    /** Elements shown of an array: vocabularies have a quarter of a million. */
    private static final int SHOWN = 16;

    private GgufInspector() {}

    static Inspection inspect(Path path) {
        List<String> problems = new ArrayList<>();
        try (GgufFile file = GgufFile.open(path)) {
            if (ImatrixFile.isImatrix(file.metadata())) {
                return ImatrixInspector.inspect(path);
            }
            try (GgufShards model = GgufShards.open(path)) {
                return of(path, model.files(), problems);
            }
        } catch (Refusal e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        // What its siblings or its numbers are refused for, its header can still be shown.
        try (GgufFile file = GgufFile.open(path)) {
            return of(path, List.of(file), problems);
        }
    }

    private static Inspection of(Path path, List<GgufFile> files, List<String> problems) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        files.getFirst()
                .metadata()
                .values()
                .forEach((key, value) -> metadata.put(key, plain(value)));
        List<Inspection.StoredFile> stored = new ArrayList<>();
        List<Inspection.Tensor> tensors = new ArrayList<>();
        Set<GgufType> unknown = new TreeSet<>();
        for (GgufFile file : files) {
            String name = String.valueOf(file.input().path().getFileName());
            stored.add(new Inspection.StoredFile(name, file.input().size()));
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
                if (GgufEncodings.of(t.type()).isEmpty()) {
                    unknown.add(t.type());
                }
            }
        }
        if (!unknown.isEmpty()) {
            problems.add(
                    "some tensors are of types that cannot be decoded: "
                            + unknown.stream()
                                    .map(GgufType::name)
                                    .collect(Collectors.joining(", ")));
        }
        return new Inspection(path, "gguf", stored, metadata, tensors, problems);
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
