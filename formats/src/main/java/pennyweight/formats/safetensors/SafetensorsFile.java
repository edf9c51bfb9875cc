package pennyweight.formats.safetensors;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.formats.Refusal;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.json.JsonFile;

/**
 * One safetensors file, open for reading. By the time it is open its header has been checked: every
 * tensor has a known type and a length that fits its shape, and the tensors fill the data without
 * overlap, hole or rest, as huggingface/safetensors demands.
 */
public final class SafetensorsFile implements Closeable {
    private static final String REMEDY = "download it again, or save it again with safetensors";
    private static final String CUT_SHORT = "the file is cut short: download it again";

    private final InputFile input;
    private final Map<String, String> metadata;
    private final List<TensorEntry> tensors;
    private final Map<String, TensorEntry> byName;

    private SafetensorsFile(
            InputFile input, Map<String, String> metadata, List<TensorEntry> tensors) {
        this.input = input;
        this.metadata = metadata;
        this.tensors = tensors;
        Map<String, TensorEntry> named = LinkedHashMap.newLinkedHashMap(tensors.size());
        tensors.forEach(t -> named.put(t.name(), t));
        this.byName = named;
    }

    /**
     * Opens and checks {@code path}.
     *
     * @throws Refusal where the file is missing, truncated, or its header is not sound
     */
    public static SafetensorsFile open(Path path) {
        return open(path, false);
    }

    /**
     * As {@link #open}, but the file may end with its header, as it does where only the headers of
     * a model were downloaded. No data can be read then.
     */
    public static SafetensorsFile outline(Path path) {
        return open(path, true);
    }

    private static SafetensorsFile open(Path path, boolean dataMayBeMissing) {
        if (Files.isDirectory(path)) {
            throw Refusal.badInput(
                    path, "is a folder, not a safetensors file", "name a file within it");
        }
        InputFile input = InputFile.open(path);
        boolean opened = false;
        try {
            SafetensorsFile file = read(input, dataMayBeMissing);
            opened = true;
            return file;
        } finally {
            if (!opened) {
                input.close();
            }
        }
    }

    private static SafetensorsFile read(InputFile input, boolean dataMayBeMissing) {
        Path path = input.path();
        long header = headerLength(input);
        byte[] json = input.read(SafetensorsFormat.LENGTH_BYTES, Math.toIntExact(header));
        if (json.length == 0 || json[0] != '{') {
            throw Refusal.badInput(path, "the header does not begin with {", REMEDY);
        }
        HeaderParser.Header parsed = HeaderParser.parse(path, json);
        long data = SafetensorsFormat.LENGTH_BYTES + header;
        List<HeaderParser.Declared> declared = new ArrayList<>(parsed.tensors());
        declared.sort(
                Comparator.comparingLong(HeaderParser.Declared::begin)
                        .thenComparingLong(HeaderParser.Declared::end));
        long bytes = input.size() - data;
        boolean missing = dataMayBeMissing && bytes == 0 && !declared.isEmpty();
        checkCover(path, declared, missing ? declared.getLast().end() : bytes);
        List<TensorEntry> tensors =
                declared.stream()
                        .map(t ->
                                new TensorEntry(
                                        t.name(),
                                        t.dtype(),
                                        t.shape(),
                                        path,
                                        data + t.begin(),
                                        t.end() - t.begin()))
                        .toList();
        return new SafetensorsFile(input, parsed.metadata(), tensors);
    }

    private static long headerLength(InputFile input) {
        Path path = input.path();
        if (input.size() < SafetensorsFormat.LENGTH_BYTES) {
            throw Refusal.badInput(
                    path,
                    "is " + input.size() + " bytes long, too short for a safetensors file",
                    CUT_SHORT);
        }
        byte[] field = input.read(0, SafetensorsFormat.LENGTH_BYTES);
        if (new String(field, StandardCharsets.US_ASCII).equals("version ")) {
            throw Refusal.badInput(
                    path, "is a Git LFS pointer in place of the file", "run `git lfs pull`");
        }
        long header = ByteBuffer.wrap(field).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (header < 0 || header >= SafetensorsFormat.MAX_HEADER_BYTES) {
            throw Refusal.badInput(
                    path,
                    "declares a header of "
                            + Long.toUnsignedString(header)
                            + " bytes, where fewer than "
                            + SafetensorsFormat.MAX_HEADER_BYTES
                            + " are allowed",
                    "check that it is a safetensors file");
        }
        if (header > input.size() - SafetensorsFormat.LENGTH_BYTES) {
            throw Refusal.badInput(
                    path,
                    "declares a header of "
                            + header
                            + " bytes, but is only "
                            + input.size()
                            + " bytes long",
                    CUT_SHORT);
        }
        return header;
    }

    /** Throws unless the tensors, sorted by offset, fill {@code dataBytes} exactly. */
    private static void checkCover(Path path, List<HeaderParser.Declared> tensors, long dataBytes) {
        long covered = 0;
        String before = "";
        for (HeaderParser.Declared t : tensors) {
            String name = JsonFile.printable(t.name());
            if (t.begin() < covered) {
                throw Refusal.badTensor(
                        path,
                        name,
                        "begins at "
                                + t.begin()
                                + " of the data, inside tensor "
                                + before
                                + ", which ends at "
                                + covered,
                        REMEDY);
            }
            if (t.end() > dataBytes) {
                throw Refusal.badTensor(
                        path,
                        name,
                        "ends at " + t.end() + " of the data, which is " + dataBytes + " bytes",
                        CUT_SHORT);
            }
            if (t.begin() > covered) {
                throw Refusal.badTensor(
                        path,
                        name,
                        "leaves a hole of " + (t.begin() - covered) + " bytes before it",
                        REMEDY);
            }
            covered = t.end();
            before = name;
        }
        if (covered < dataBytes) {
            throw Refusal.badInput(
                    path,
                    (dataBytes - covered) + " bytes follow the last tensor, and belong to none",
                    REMEDY);
        }
    }

    public InputFile input() {
        return input;
    }

    /** The strings under {@code __metadata__}; empty where there are none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** All tensors by offset. */
    public List<TensorEntry> tensors() {
        return tensors;
    }

    public Optional<TensorEntry> tensor(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    @Override
    public void close() {
        input.close();
    }
}
