package pennyweight.formats.gguf;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/**
 * An importance matrix as llama-imatrix writes it: in a GGUF file, or in the older form without a
 * magic number that is usually called {@code imatrix.dat}. Read as llama-quantize does (llama.cpp
 * {@code common/imatrix-loader.cpp}, {@code tools/quantize/quantize.cpp}), but for NaN, infinite
 * and negative values, which are refused here.
 */
public final class ImatrixFile {
    /** How a file holds the matrix. */
    public enum Form {
        GGUF,
        /** The older form. */
        DAT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** llama-quantize's limit for texts that it adds to the metadata, in bytes. */
    private static final int MAX_TEXT_BYTES = 127;

    private final Path path;
    private final Form form;
    private final List<String> datasets;
    private final int chunkCount;
    private final int chunkSize;
    private final Map<String, ImatrixEntry> entries;

    ImatrixFile(
            Path path,
            Form form,
            List<String> datasets,
            int chunkCount,
            int chunkSize,
            SequencedMap<String, ImatrixEntry> entries) {
        this.path = path;
        this.form = form;
        this.datasets = List.copyOf(datasets);
        this.chunkCount = chunkCount;
        this.chunkSize = chunkSize;
        this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /**
     * Reads a file of either form, told apart by the first bytes.
     *
     * @throws Refusal if it is missing, broken, of neither form, or holds values that are no
     *     weights
     */
    public static ImatrixFile read(Path path) {
        try (InputFile input = InputFile.open(path)) {
            if (!isGguf(input)) {
                return new DatImatrixReader(input).read();
            }
        }
        try (GgufFile file = GgufFile.open(path)) {
            return new GgufImatrixReader(file).read();
        }
    }

    /** Whether a file looks like the older form by its first bytes. */
    public static boolean isDat(InputFile input) {
        return !isGguf(input) && DatImatrixReader.recognises(input);
    }

    /** Whether the metadata of a GGUF file are those of an importance matrix. */
    public static boolean isImatrix(GgufMetadata metadata) {
        return metadata.find("general.type")
                .filter(new GgufValue.Text(GgufImatrixReader.TYPE)::equals)
                .isPresent();
    }

    private static boolean isGguf(InputFile input) {
        return input.size() >= Integer.BYTES
                && LittleEndian.i32(input.read(0, Integer.BYTES), 0) == GgufLayout.MAGIC;
    }

    public Path path() {
        return path;
    }

    public Form form() {
        return form;
    }

    /** What was read to measure it: names of text files. The older form knows one at most. */
    public List<String> datasets() {
        return datasets;
    }

    /** How many chunks of text were read; 0 where the file does not say. */
    public int chunkCount() {
        return chunkCount;
    }

    /** The tokens of a chunk; 0 where the file does not say, as the older form never does. */
    public int chunkSize() {
        return chunkSize;
    }

    /** The entries in the file's order. */
    public List<ImatrixEntry> entries() {
        return List.copyOf(entries.values());
    }

    /** The entry of a tensor. */
    public Optional<ImatrixEntry> entry(String tensor) {
        return Optional.ofNullable(entries.get(tensor));
    }

    /**
     * The keys that llama-quantize adds to a file that was quantized with this matrix, in its
     * order. Texts are cut at 127 bytes as there, though never within a character.
     *
     * @param name how the user named the file
     */
    public SequencedMap<String, GgufValue> quantizeKeys(String name) {
        SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
        keys.put("quantize.imatrix.file", new GgufValue.Text(cut(name)));
        if (!datasets.isEmpty()) {
            keys.put("quantize.imatrix.dataset", new GgufValue.Text(cut(datasets.getFirst())));
        }
        keys.put("quantize.imatrix.entries_count", new GgufValue.U32(entries.size()));
        if (chunkCount > 0) {
            keys.put("quantize.imatrix.chunks_count", new GgufValue.U32(chunkCount));
        }
        return keys;
    }

    private static String cut(String text) {
        int bytes = 0;
        int end = 0;
        while (end < text.length()) {
            int next = text.offsetByCodePoints(end, 1);
            bytes += LittleEndian.utf8(text.substring(end, next)).length;
            if (bytes > MAX_TEXT_BYTES) {
                break;
            }
            end = next;
        }
        return text.substring(0, end);
    }
}
