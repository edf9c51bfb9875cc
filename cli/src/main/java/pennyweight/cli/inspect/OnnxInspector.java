package pennyweight.cli.inspect;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import pennyweight.formats.onnx.OnnxOutline;
import pennyweight.formats.onnx.OnnxOutlineReader;

/** Looks into ONNX files. */
final class OnnxInspector {
    private OnnxInspector() {}

    static Inspection inspect(Path path) {
        OnnxOutline outline = OnnxOutlineReader.read(path);
        String own = String.valueOf(path.getFileName());
        Set<String> names = new LinkedHashSet<>(List.of(own));
        List<Inspection.Tensor> tensors = new ArrayList<>();
        for (OnnxOutline.Tensor t : outline.tensors()) {
            boolean inside = t.location().isEmpty();
            names.add(inside ? own : t.location());
            tensors.add(
                    new Inspection.Tensor(
                            t.name(),
                            t.type(),
                            t.dimensions(),
                            t.bytes(),
                            inside ? own : t.location(),
                            inside ? -1 : t.offset(),
                            ""));
        }
        List<Inspection.StoredFile> files = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String name : names) {
            Path file = path.resolveSibling(name);
            if (Files.isRegularFile(file)) {
                files.add(new Inspection.StoredFile(name, file.toFile().length()));
            } else {
                problems.add("the sidecar " + name + " is missing");
            }
        }
        return new Inspection(path, "onnx", files, metadata(outline), tensors, problems);
    }

    private static Map<String, Object> metadata(OnnxOutline outline) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("ir_version", outline.irVersion());
        metadata.put("producer", outline.producer());
        Map<String, Object> opsets = new LinkedHashMap<>();
        outline.opsets()
                .forEach((domain, version) ->
                        opsets.put(domain.isEmpty() ? "ai.onnx" : domain, version));
        metadata.put("opsets", opsets);
        metadata.put("properties", outline.metadataProps());
        metadata.put("graph", outline.graph());
        metadata.put("inputs", values(outline.inputs()));
        metadata.put("outputs", values(outline.outputs()));
        metadata.put("operators", outline.operators());
        metadata.put("functions", outline.functions());
        return metadata;
    }

    private static Map<String, Object> values(List<OnnxOutline.Value> values) {
        Map<String, Object> all = new LinkedHashMap<>();
        values.forEach(v -> all.put(v.name(), v.type() + " " + v.dimensions()));
        return all;
    }
}
