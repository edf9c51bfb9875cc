package pennyweight.formats.onnx;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/**
 * The files beside a graph that hold its weights, as far as a tensor's external_data may be
 * trusted: plain names in the graph's own folder (ONNX Runtime refuses to leave it), and bytes that
 * the file has.
 */
final class Sidecars {
    static final String WRITE_AGAIN = "write or download it again";

    private final Path graph;
    private final Map<String, Long> sizes = new HashMap<>();

    Sidecars(Path graph) {
        this.graph = graph;
    }

    /**
     * Where a tensor lies.
     *
     * @param keys location, offset and length as ExternalDataProto spells them
     * @param bytes what the tensor's shape and type need
     * @throws Refusal if the tensor does not lie in a plain sidecar, or has another length
     */
    OnnxData place(String tensor, Map<String, String> keys, long bytes) {
        String location = keys.getOrDefault("location", "");
        if (location.isEmpty()
                || location.equals(".")
                || location.contains("..")
                || location.chars().anyMatch(c -> c < ' ' || c == '/' || c == '\\' || c == ':')) {
            throw bad(tensor, "its sidecar '" + printable(location) + "' is no plain file name");
        }
        long offset = number(tensor, "offset", keys.getOrDefault("offset", "0"));
        long length = number(tensor, "length", keys.getOrDefault("length", "" + bytes));
        if (length != bytes) {
            throw bad(tensor, "has " + length + " bytes, but its shape and type need " + bytes);
        }
        long size = sizes.computeIfAbsent(location, this::size);
        if (length > size || offset > size - length) {
            String where = location + " (" + size + " bytes)";
            throw bad(tensor, length + " bytes at " + offset + " lie outside of " + where);
        }
        return new OnnxData.External(location, offset, length);
    }

    private long size(String location) {
        try (InputFile sidecar = InputFile.open(graph.resolveSibling(location))) {
            return sidecar.size();
        }
    }

    private long number(String tensor, String key, String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw bad(tensor, "its " + key + " '" + printable(text) + "' is no number");
        }
        return Long.parseLong(text);
    }

    private Refusal bad(String tensor, String problem) {
        return Refusal.badTensor(graph, printable(tensor), problem, WRITE_AGAIN);
    }

    /** A refusal is one line, whatever a file calls its things. */
    static String printable(String name) {
        String line = name.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 200 ? line : line.substring(0, 200) + "...";
    }
}
