package pennyweight.converter.target;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tensor as the header of its safetensors file has it, read without any of our readers.
 *
 * @param offset of its first byte in the file
 */
record StoredTensor(Path file, String dtype, List<Long> shape, long offset) {
    /** Every tensor of the folder itself, by name. */
    static Map<String, StoredTensor> of(Path folder) {
        Map<String, StoredTensor> stored = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                long data = 8 + bytes(file).getLong(0);
                for (Map.Entry<String, JsonNode> e : header(file).properties()) {
                    if (e.getKey().equals("__metadata__")) {
                        continue;
                    }
                    JsonNode entry = e.getValue();
                    StoredTensor tensor =
                            new StoredTensor(
                                    file,
                                    entry.path("dtype").asString(""),
                                    entry.path("shape")
                                            .valueStream()
                                            .map(JsonNode::longValue)
                                            .toList(),
                                    data + entry.path("data_offsets").path(0).longValue());
                    if (stored.put(e.getKey(), tensor) != null) {
                        throw new AssertionError(e.getKey() + " is there twice");
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stored;
    }

    static JsonNode header(Path file) {
        ByteBuffer bytes = bytes(file);
        byte[] header = new byte[Math.toIntExact(bytes.getLong(0))];
        bytes.get(8, header);
        return JsonMapper.shared().readTree(new String(header, StandardCharsets.UTF_8));
    }

    private static ByteBuffer bytes(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Mean of a BF16 or F32 vector. */
    double mean() {
        int elements = shape.getFirst().intValue();
        ByteBuffer bytes =
                bytes(file)
                        .position(Math.toIntExact(offset))
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
        double sum = 0;
        for (int i = 0; i < elements; i++) {
            sum +=
                    dtype.equals("F32")
                            ? bytes.getFloat(4 * i)
                            : Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
        }
        return sum / elements;
    }
}
