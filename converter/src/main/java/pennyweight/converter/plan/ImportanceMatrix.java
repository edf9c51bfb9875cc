package pennyweight.converter.plan;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.gguf.ImatrixEntry;
import pennyweight.formats.gguf.ImatrixFile;
import pennyweight.formats.io.InputFile;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.Importance;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;

/**
 * An importance matrix of llama.cpp: for tensors by name, how much each input column matters. Two
 * are equal when their files hold the same bytes.
 *
 * <p>A file that was written with one carries its name and digest alone ({@link #loaded} is false
 * then): to plan again the file is needed.
 */
public final class ImportanceMatrix {
    private static final String EMBEDDING = "token_embd.weight";

    private final String file;
    private final String sha256;
    private final Optional<ImatrixFile> content;

    private ImportanceMatrix(String file, String sha256, Optional<ImatrixFile> content) {
        this.file = file;
        this.sha256 = sha256;
        this.content = content;
    }

    /**
     * Reads a file, GGUF or the older {@code .dat}.
     *
     * @throws Refusal of one that is broken or holds weights that are NaN, infinite or negative
     */
    public static ImportanceMatrix read(Path path) {
        ImatrixFile content = ImatrixFile.read(path);
        String sha256;
        try (InputFile input = InputFile.open(path)) {
            sha256 = input.sha256();
        }
        return new ImportanceMatrix(
                String.valueOf(path.getFileName()), sha256, Optional.of(content));
    }

    static Optional<ImportanceMatrix> parse(JsonNode json) {
        return json.isMissingNode()
                ? Optional.empty()
                : Optional.of(
                        new ImportanceMatrix(
                                json.path("file").asString(""),
                                json.path("sha256").asString(""),
                                Optional.empty()));
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", file);
        fields.put("sha256", sha256);
        return fields;
    }

    /** Whether the weights are here, not the name alone. */
    public boolean loaded() {
        return content.isPresent();
    }

    /** The file's name, without its folder. */
    public String file() {
        return file;
    }

    /** The keys that llama-quantize adds to a file's metadata, with the name in place of a path. */
    public SequencedMap<String, GgufValue> keys() {
        return content().quantizeKeys(file);
    }

    /** Whether there are weights for a tensor of this name. */
    public boolean has(String tensor) {
        return content().entry(tensor).isPresent();
    }

    /**
     * The weights of a tensor, as llama-quantize takes them: a tensor without an entry is encoded
     * without weights.
     *
     * @throws Refusal of an entry that has another number of columns, unless it is the embedding's,
     *     which goes without weights then, as there
     */
    public Weighting of(String tensor, Shape shape, Encoding encoding) {
        if (encoding instanceof Plain) {
            return Weighting.NONE;
        }
        if (!encoding.weighs()) {
            return Weighting.unweighted("is not used by " + encoding.label());
        }
        Optional<ImatrixEntry> entry = content().entry(tensor);
        if (entry.isEmpty()) {
            return Weighting.unweighted("has no entry");
        }
        float[] weights = entry.get().values();
        if (weights.length != shape.columns()) {
            String problem = weights.length + " columns, where the tensor has " + shape.columns();
            if (tensor.equals(EMBEDDING)) {
                return Weighting.unweighted("has " + problem);
            }
            throw Refusal.badTensor(
                    content().path(),
                    tensor,
                    "has weights for " + problem,
                    "give the importance matrix of this model");
        }
        int zeros = 0;
        for (float w : weights) {
            if (w == 0) {
                zeros++;
            }
        }
        String remark =
                zeros == 0
                        ? Weighting.WEIGHTED
                        : zeros == weights.length
                                ? "is zero in all columns"
                                : "is zero in " + zeros + " of " + weights.length + " columns";
        return new Weighting(Importance.of(weights), Optional.of(remark));
    }

    private ImatrixFile content() {
        return content.orElseThrow(() ->
                Refusal.usage(
                        "the importance matrix " + file + " is needed", "give it with --imatrix"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImportanceMatrix m && sha256.equals(m.sha256);
    }

    @Override
    public int hashCode() {
        return sha256.hashCode();
    }

    @Override
    public String toString() {
        return file + " (sha256 " + sha256 + ")";
    }
}
