package pennyweight.cli.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pennyweight.converter.Version;
import pennyweight.formats.json.Json;

/** An inspection as JSON, in the schema {@code pennyweight.inspect/1}. */
public final class InspectionJson {
    public static final String SCHEMA = "pennyweight.inspect/1";

    private InspectionJson() {}

    /**
     * Prints the JSON: {@code schema}, {@code tool}, {@code path}, {@code format}, {@code files}
     * (name, bytes), {@code elements} and {@code bytes} of all tensors, {@code metadata} as the
     * format has it (long arrays as {@code array}, {@code count} and {@code first}), {@code
     * tensors} (name, type, shape, bytes, file, offset where it is known, note where there is one),
     * and {@code problems}.
     */
    public static String of(Inspection inspection) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("schema", SCHEMA);
        Map<String, Object> tool = new LinkedHashMap<>();
        tool.put("name", "pennyweight");
        tool.put("version", Version.CURRENT);
        json.put("tool", tool);
        json.put("path", inspection.path().toString());
        json.put("format", inspection.format());
        List<Object> files = new ArrayList<>();
        for (Inspection.StoredFile file : inspection.files()) {
            Map<String, Object> f = new LinkedHashMap<>();
            f.put("name", file.name());
            f.put("bytes", file.bytes());
            files.add(f);
        }
        json.put("files", files);
        json.put("elements", inspection.elements());
        json.put("bytes", inspection.bytes());
        json.put("metadata", inspection.metadata());
        json.put("tensors", inspection.tensors().stream().map(InspectionJson::tensor).toList());
        json.put("problems", inspection.problems());
        return Json.indented(json);
    }

    private static Map<String, Object> tensor(Inspection.Tensor t) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", t.name());
        json.put("type", t.type());
        json.put("shape", t.shape());
        json.put("bytes", t.bytes());
        json.put("file", t.file());
        if (t.offset() >= 0) {
            json.put("offset", t.offset());
        }
        if (!t.note().isEmpty()) {
            json.put("note", t.note());
        }
        return json;
    }
}
