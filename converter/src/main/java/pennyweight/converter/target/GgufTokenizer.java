package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The {@code tokenizer.*} keys of a model folder, as llama.cpp's converter writes them ({@code
 * conversion/base.py}, {@code get_vocab_base}; {@code gguf-py/gguf/vocab.py}, {@code
 * SpecialVocab}).
 */
final class GgufTokenizer {
    private GgufTokenizer() {}

    /**
     * The keys, in the converter's order.
     *
     * @param vocabulary rows of the embedding; ids without a token are filled up
     * @throws Refusal where the tokenizer is missing, broken, of an unknown kind, or has more
     *     tokens than the embedding has rows
     */
    static SequencedMap<String, GgufValue> keys(ModelFolder folder, int vocabulary) {
        Path file =
                folder.tokenizer()
                        .orElseThrow(() ->
                                Refusal.badInput(
                                        folder.path(),
                                        "holds no " + ModelFolder.TOKENIZER,
                                        "download it into the folder"));
        JsonNode tokenizer = JsonFile.readObject(file);
        JsonNode config = folder.tokenizerConfig().orElse(MissingNode.getInstance());
        SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", new GgufValue.Text("gpt2"));
        keys.put(
                "tokenizer.ggml.pre",
                new GgufValue.Text(
                        GgufPreTokenizer.name(
                                file, tokenizer, folder.config().path("model_type").asString(""))));
        new GgufVocabulary(file, tokenizer, config, vocabulary).addTo(keys);
        keys.put("tokenizer.ggml.merges", merges(file, tokenizer));
        GgufSpecialTokens.addTo(keys, folder, tokenizer, vocabulary);
        GgufChatTemplate.addTo(keys, folder);
        return keys;
    }

    private static GgufValue merges(Path file, JsonNode tokenizer) {
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : tokenizer.path("model").path("merges")) {
            if (merge.isString()) {
                merges.add(merge.stringValue());
            } else if (merge.size() == 2 && merge.get(0).isString() && merge.get(1).isString()) {
                merges.add(part(merge.get(0)) + " " + part(merge.get(1)));
            } else {
                throw broken(
                        file,
                        "has a merge that is no pair: " + JsonFile.printable(merge.toString()));
            }
        }
        if (merges.isEmpty()) {
            throw broken(file, "has no merges");
        }
        return new GgufValue.Strings(merges);
    }

    /** The blank between the two parts must be the only one. */
    private static String part(JsonNode part) {
        return part.stringValue().replace(' ', (char) (' ' + 256));
    }

    private static Refusal broken(Path file, String problem) {
        return Refusal.badInput(file, problem, "use the tokenizer.json that belongs to the model");
    }
}
