package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|";
    private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** The regexes of llama.cpp {@code src/llama-vocab.cpp} as tokenizer.json files have them. */
    private static final Map<String, String> NAMES =
            Map.of(
                    CONTRACTIONS
                            + "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
                            + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                            + SPACES,
                    "qwen35",
                    CONTRACTIONS
                            + "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                            + SPACES,
                    "qwen2");

    private GgufPreTokenizer() {}

    /**
     * The value of {@code tokenizer.ggml.pre}.
     *
     * @param file what refusals name
     * @param tokenizer the object in tokenizer.json
     * @throws Refusal where it is no byte-level BPE of a known split; it names what was found
     */
    static String name(Path file, JsonNode tokenizer) {
        JsonNode model = tokenizer.path("model");
        String type = model.path("type").asString("");
        if (!type.equals("BPE") || model.path("byte_fallback").asBoolean(false)) {
            throw unknown(
                    file,
                    "a " + type + " model" + (type.equals("BPE") ? " with byte fallback" : ""));
        }
        // NFC has no place in GGUF and llama.cpp does without; anything else would change the text.
        JsonNode normalizer = tokenizer.path("normalizer");
        if (!normalizer.isNull()
                && !normalizer.isMissingNode()
                && !normalizer.path("type").asString("").equals("NFC")) {
            throw unknown(file, "the normalizer " + JsonFile.printable(normalizer.toString()));
        }
        List<JsonNode> steps = new ArrayList<>();
        flatten(tokenizer.path("pre_tokenizer"), steps);
        if (steps.size() == 2 && isolatingSplit(steps.get(0)) && plainByteLevel(steps.get(1))) {
            String regex = steps.get(0).path("pattern").path("Regex").asString("");
            String name = NAMES.get(escaped(regex));
            if (name != null) {
                return name;
            }
            throw unknown(file, "the split " + JsonFile.printable(regex));
        }
        throw unknown(
                file,
                steps.stream()
                        .map(GgufPreTokenizer::described)
                        .collect(Collectors.joining(", ", "the pre-tokenizer ", "")));
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

    private static boolean isolatingSplit(JsonNode step) {
        return step.path("type").asString("").equals("Split")
                && step.path("behavior").asString("").equals("Isolated")
                && !step.path("invert").asBoolean(false);
    }

    private static boolean plainByteLevel(JsonNode step) {
        return step.path("type").asString("").equals("ByteLevel")
                && !step.path("add_prefix_space").asBoolean(true)
                && !step.path("use_regex").asBoolean(true);
    }

    /** Some files have line ends themselves where others have escapes. */
    private static String escaped(String regex) {
        return regex.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t");
    }

    private static Refusal unknown(Path file, String found) {
        return Refusal.notSupported(
                file,
                "has " + found + ", which llama.cpp has no name for that is known here",
                "byte-level BPE split as Qwen2 or Qwen3.5 do it is supported");
    }
}
