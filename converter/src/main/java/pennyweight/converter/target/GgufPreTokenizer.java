package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * llama.cpp's name for the way a tokenizer.json splits text before byte-pair encoding. Recognised
 * by its structure and its regex; llama.cpp's converter hashes the ids of a test text instead,
 * which fails whenever a vocabulary or a library version is new.
 */
final class GgufPreTokenizer {
    private GgufPreTokenizer() {}

    /**
     * The value of {@code tokenizer.ggml.pre}. A split that has no name is refused, not written
     * under the nearest one: with another's regex most texts are split as they should be and some
     * are not, and no measure of the weights shows that.
     *
     * @param file what refusals name
     * @param tokenizer the object in tokenizer.json
     * @param modelType config.json's, which decides between names of one split
     * @throws Refusal where it is no byte-level BPE of a known split; it names what was found
     */
    static String name(Path file, JsonNode tokenizer, String modelType) {
        JsonNode model = tokenizer.path("model");
        String type = model.path("type").asString("");
        if (!type.equals("BPE") || model.path("byte_fallback").asBoolean(false)) {
            throw unknown(
                    file,
                    "a " + type + " model" + (type.equals("BPE") ? " with byte fallback" : ""));
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.path(affix).asString("").isEmpty()) {
                throw unknown(
                        file,
                        "a " + affix + " of " + JsonFile.printable(model.path(affix).toString()));
            }
        }
        // llama.cpp normalizes nothing for byte-level BPE, whatever keys the file has. Leaving out
        // NFC it does without harm to composed text; anything else would change the text.
        JsonNode normalizer = tokenizer.path("normalizer");
        if (!normalizer.isNull()
                && !normalizer.isMissingNode()
                && !normalizer.path("type").asString("").equals("NFC")) {
            throw unknown(file, "the normalizer " + JsonFile.printable(normalizer.toString()));
        }
        List<JsonNode> steps = new ArrayList<>();
        flatten(tokenizer.path("pre_tokenizer"), steps);
        boolean ignoreMerges = model.path("ignore_merges").asBoolean(false);
        List<String> plain = new ArrayList<>();
        for (JsonNode step : steps) {
            plain.addAll(plain(step).orElseThrow(() -> unknown(file, described(steps))));
        }
        return GgufSplit.name(plain, ignoreMerges, modelType)
                .orElseThrow(() ->
                        unknown(
                                file,
                                described(steps) + (ignoreMerges ? " with ignore_merges" : "")));
    }

    /** A step as {@link GgufSplit} has it: what it splits at, and whether it makes bytes. */
    private static Optional<List<String>> plain(JsonNode step) {
        String behaviour = step.path("behavior").asString("");
        boolean inverted = step.path("invert").asBoolean(false);
        return Optional.ofNullable(
                switch (step.path("type").asString("")) {
                    case "Split" ->
                            behaviour.equals("Isolated")
                                            && !inverted
                                            && step.path("pattern").path("Regex").isString()
                                    ? List.of(
                                            escaped(
                                                    step.path("pattern")
                                                            .path("Regex")
                                                            .stringValue()))
                                    : null;
                    case "ByteLevel" ->
                            step.path("add_prefix_space").asBoolean(true)
                                    ? null
                                    : step.path("use_regex").asBoolean(true)
                                            ? List.of(GgufSplit.GPT2, GgufSplit.BYTES)
                                            : List.of(GgufSplit.BYTES);
                    case "Digits" ->
                            List.of(
                                    step.path("individual_digits").asBoolean(false)
                                            ? GgufSplit.DIGIT
                                            : GgufSplit.DIGITS);
                    case "Punctuation" ->
                            behaviour.equals("Contiguous") ? List.of(GgufSplit.PUNCTUATION) : null;
                    default -> null;
                });
    }

    private static String described(List<JsonNode> steps) {
        return steps.stream()
                .map(GgufPreTokenizer::described)
                .collect(Collectors.joining(", ", "the pre-tokenizer ", ""));
    }

    /** A step's type and settings, the long pattern last. */
    private static String described(JsonNode step) {
        StringBuilder out = new StringBuilder(step.path("type").asString("none"));
        for (Map.Entry<String, JsonNode> e : step.properties()) {
            if (!e.getKey().equals("type") && e.getValue().isValueNode()) {
                out.append(' ').append(e.getKey()).append('=').append(e.getValue().asString());
            }
        }
        if (step.has("pattern")) {
            out.append(' ').append(step.path("pattern"));
        }
        return JsonFile.printable(out.toString());
    }

    private static void flatten(JsonNode step, List<JsonNode> steps) {
        if (step.path("type").asString("").equals("Sequence")) {
            step.path("pretokenizers").forEach(s -> flatten(s, steps));
        } else {
            steps.add(step);
        }
    }

    /** Some files have line ends themselves where others have escapes. */
    private static String escaped(String regex) {
        return regex.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t");
    }

    private static Refusal unknown(Path file, String found) {
        return Refusal.notSupported(
                file,
                "has " + found + ", which llama.cpp has no name for that is known here",
                "use the tokenizer.json that the model was published with, or another format, which"
                        + " takes the file as it is");
    }
}
