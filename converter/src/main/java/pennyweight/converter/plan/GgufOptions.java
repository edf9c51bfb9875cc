package pennyweight.converter.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufType;
import tools.jackson.databind.JsonNode;

/**
 * What decides a GGUF text file beside its file type: llama-quantize's options, and the
 * converter's.
 *
 * @param pure every tensor that may be quantized gets the file type's main type
 * @param embeddingType of {@code token_embd.weight}, whatever the mix says
 * @param outputType of {@code output.weight}, or of the embedding where the two are one
 * @param overrides the first that matches a tensor's name decides its type; only where the file
 *     type is one of blocks
 * @param mtp whether the multi-token prediction head goes into the file
 * @param splitBytes largest sum of the tensors' bytes in one shard; 0 for one file
 * @param imatrix how much each input column matters
 */
public record GgufOptions(
        boolean pure,
        Optional<GgufType> embeddingType,
        Optional<GgufType> outputType,
        List<TypeOverride> overrides,
        boolean mtp,
        long splitBytes,
        Optional<ImportanceMatrix> imatrix) {
    /** llama-quantize without options, in one file. */
    public static final GgufOptions DEFAULT =
            new GgufOptions(
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    true,
                    0,
                    Optional.empty());

    public GgufOptions {
        overrides = List.copyOf(overrides);
        if (splitBytes < 0) {
            throw Refusal.usage(
                    "shards of " + splitBytes + " bytes are asked for", "give a positive size");
        }
    }

    /** The same with this importance matrix. */
    public GgufOptions with(ImportanceMatrix matrix) {
        return new GgufOptions(
                pure, embeddingType, outputType, overrides, mtp, splitBytes, Optional.of(matrix));
    }

    /** As JSON fields, in a fixed order; what is left at its default is not among them. */
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (pure) {
            fields.put("pure", true);
        }
        embeddingType.ifPresent(t -> fields.put("embeddingType", t.name()));
        outputType.ifPresent(t -> fields.put("outputType", t.name()));
        if (!overrides.isEmpty()) {
            fields.put("tensorTypes", overrides.stream().map(TypeOverride::toString).toList());
        }
        if (!mtp) {
            fields.put("mtp", false);
        }
        if (splitBytes > 0) {
            fields.put("splitBytes", splitBytes);
        }
        imatrix.ifPresent(m -> fields.put("imatrix", m.fields()));
        return fields;
    }

    /** Reads what {@link #fields} wrote. */
    static GgufOptions parse(JsonNode json) {
        List<TypeOverride> overrides = new ArrayList<>();
        for (JsonNode text : json.path("tensorTypes")) {
            overrides.add(TypeOverride.parse("tensorTypes", text.asString("")));
        }
        return new GgufOptions(
                json.path("pure").asBoolean(false),
                type(json, "embeddingType"),
                type(json, "outputType"),
                overrides,
                json.path("mtp").asBoolean(true),
                json.path("splitBytes").asLong(0),
                ImportanceMatrix.parse(json.path("imatrix")));
    }

    private static Optional<GgufType> type(JsonNode json, String field) {
        return json.has(field)
                ? Optional.of(GgufEncodings.named(field, json.path(field).asString("")))
                : Optional.empty();
    }
}
