package pennyweight.cli.inspect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.json.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The header of a safetensors file with types that we do not know, taken as it stands (the format
 * is huggingface/safetensors, README "Format").
 */
record LooseHeader(Map<String, String> metadata, List<Inspection.Tensor> tensors) {
    private static final int LENGTH_BYTES = 8;
    private static final long MAX_HEADER_BYTES = 100_000_000;

    static LooseHeader read(Path path) {
        try (InputFile file = InputFile.open(path)) {
            long length =
                    ByteBuffer.wrap(file.read(0, LENGTH_BYTES))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong();
            if (length < 0 || length > Math.min(MAX_HEADER_BYTES, file.size() - LENGTH_BYTES)) {
                throw bad(path);
            }
            return parse(
                    path,
                    Json.read(file.read(LENGTH_BYTES, (int) length), 0),
                    LENGTH_BYTES + length);
        } catch (JacksonException e) {
            throw bad(path);
        }
    }

    private static LooseHeader parse(Path path, JsonNode header, long dataStart) {
        Map<String, String> metadata = new TreeMap<>();
        List<Inspection.Tensor> tensors = new ArrayList<>();
        header.forEachEntry((name, value) -> {
            if (name.equals("__metadata__")) {
                value.forEachEntry((key, text) -> metadata.put(key, text.asString("")));
            } else {
                long begin = value.path("data_offsets").path(0).asLong(0);
                List<Long> shape = new ArrayList<>();
                value.path("shape").forEach(d -> shape.add(d.asLong(0)));
                tensors.add(
                        new Inspection.Tensor(
                                name,
                                value.path("dtype").asString("?"),
                                shape,
                                value.path("data_offsets").path(1).asLong(0) - begin,
                                String.valueOf(path.getFileName()),
                                dataStart + begin,
                                ""));
            }
        });
        return new LooseHeader(metadata, tensors);
    }

    private static Refusal bad(Path path) {
        return Refusal.badInput(
                path, "its header is not sound", "download it again, or save it again");
    }
}
