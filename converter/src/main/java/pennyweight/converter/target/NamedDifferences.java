package pennyweight.converter.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufMetadata;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.json.Json;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.onnx.OnnxReader;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Names the keys, fields and nodes in which a file's header differs from the planned one. */
final class NamedDifferences {
    private static final int LONGEST_VALUE = 60;
    private static final int SAFETENSORS_LENGTH_BYTES = 8;

    private final List<String> lines = new ArrayList<>();

    private NamedDifferences() {}

    /**
     * A line for each; none where the differences have no name, as where a file cannot be read.
     *
     * @param planned the bytes that the file should begin with
     */
    static List<String> of(Path file, byte[] planned) {
        NamedDifferences differences = new NamedDifferences();
        String name = String.valueOf(file.getFileName());
        try {
            if (name.endsWith(".json")) {
                differences.json("", JsonFile.readObject(file), json(planned, 0));
            } else if (name.endsWith(".safetensors")) {
                differences.json("", safetensors(file), json(planned, SAFETENSORS_LENGTH_BYTES));
            } else if (name.endsWith(".onnx")) {
                differences.lines.addAll(
                        GraphDifferences.of(
                                OnnxReader.read(file), OnnxReader.parse(file, planned)));
            } else {
                differences.gguf(file, planned);
            }
        } catch (Refusal | JacksonException | IOException e) {
            return List.of();
        }
        return differences.lines;
    }

    private static JsonNode json(byte[] bytes, int from) {
        return Json.read(bytes, from);
    }

    /** The header of a safetensors file (huggingface/safetensors, README "Format"). */
    private static JsonNode safetensors(Path path) throws IOException {
        try (InputFile file = InputFile.open(path)) {
            byte[] length = file.read(0, SAFETENSORS_LENGTH_BYTES);
            long bytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (bytes < 0 || bytes > Files.size(path)) {
                return MissingNode.getInstance();
            }
            return json(file.read(SAFETENSORS_LENGTH_BYTES, Math.toIntExact(bytes)), 0);
        }
    }

    private void json(String path, JsonNode actual, JsonNode planned) {
        if (actual.equals(planned)) {
            return;
        }
        if (!actual.isObject() || !planned.isObject()) {
            add(path, shown(actual), shown(planned));
            return;
        }
        Set<String> names = new TreeSet<>(planned.propertyNames());
        names.addAll(actual.propertyNames());
        for (String name : names) {
            json(path.isEmpty() ? name : path + "." + name, actual.path(name), planned.path(name));
        }
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "missing" : node.toString();
    }

    private void gguf(Path file, byte[] header) {
        GgufMetadata planned = GgufFile.metadata(file, header);
        try (GgufFile actual = GgufFile.open(file)) {
            Set<String> keys = new TreeSet<>(planned.values().keySet());
            keys.addAll(actual.metadata().values().keySet());
            for (String key : keys) {
                String is = shown(actual.metadata(), key);
                String wanted = shown(planned, key);
                if (!actual.metadata().find(key).equals(planned.find(key))) {
                    add(key, is, wanted);
                }
            }
        }
    }

    private static String shown(GgufMetadata metadata, String key) {
        return metadata.find(key).map(GgufValue::toString).orElse("missing");
    }

    private void add(String key, String is, String planned) {
        lines.add("has " + key + " " + clipped(is) + ", where " + clipped(planned) + " is planned");
    }

    private static String clipped(String value) {
        String line = JsonFile.printable(value);
        return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "...";
    }
}
