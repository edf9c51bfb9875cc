package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
    /** Token types (llama.cpp {@code include/llama.h}, {@code llama_token_type}). */
    private static final int NORMAL = 1;

    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    /** Kinds of special tokens in the converter's order, with GGUF's words for them. */
    private static final List<String> KINDS = List.of("bos", "eos", "unk", "sep", "pad", "mask");

    /** "seperator" is how GGUF spells it. */
    private static final Map<String, String> KEYS =
            Map.of("unk", "unknown", "sep", "seperator", "pad", "padding");

    private static final Set<String> LIKE_CONTROL = Set.of("<pad>", "<mask>", "<2mass>", "[@BOS@]");

    private final ModelFolder folder;
    private final Path file;
    private final JsonNode tokenizer;
    private final Map<String, Integer> addedIds = new HashMap<>();
    private final SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();

    private GgufTokenizer(ModelFolder folder, Path file) {
        this.folder = folder;
        this.file = file;
        this.tokenizer = JsonFile.readObject(file);
    }

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
        GgufTokenizer t = new GgufTokenizer(folder, file);
        t.keys.put("tokenizer.ggml.model", new GgufValue.Text("gpt2"));
        t.keys.put(
                "tokenizer.ggml.pre", new GgufValue.Text(GgufPreTokenizer.name(file, t.tokenizer)));
        t.tokens(vocabulary);
        t.merges();
        t.specialTokens(vocabulary);
        GgufChatTemplate.addTo(t.keys, folder);
        return t.keys;
    }

    private void tokens(int vocabulary) {
        List<@Nullable String> texts = new ArrayList<>(Collections.nCopies(vocabulary, null));
        int[] types = new int[vocabulary];
        JsonNode vocab = tokenizer.path("model").path("vocab");
        for (Map.Entry<String, JsonNode> e : vocab.properties()) {
            int id = id(e.getKey(), e.getValue(), vocabulary);
            if (texts.set(id, e.getKey()) != null) {
                throw broken("gives id " + id + " to two tokens");
            }
            types[id] = NORMAL;
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            String text = added.path("content").asString("");
            int id = id(text, added.path("id"), vocabulary);
            addedIds.putIfAbsent(text, id);
            boolean control = added.path("special").asBoolean(false) || looksLikeControl(text);
            // U+2581 is the blank of SentencePiece, from which some added tokens come.
            texts.set(id, control ? text : text.replace('\u2581', ' '));
            types[id] = control ? CONTROL : USER_DEFINED;
        }
        Set<String> distinct = new HashSet<>();
        List<String> all = new ArrayList<>(vocabulary);
        for (int id = 0; id < vocabulary; id++) {
            String text = texts.get(id);
            if (text == null) {
                text = "[PAD" + id + "]";
                types[id] = UNUSED;
            }
            if (!distinct.add(text) || text.indexOf('\0') >= 0) {
                throw broken("has token " + id + " twice, or with a zero byte in it");
            }
            all.add(text);
        }
        keys.put("tokenizer.ggml.tokens", new GgufValue.Strings(all));
        keys.put("tokenizer.ggml.token_type", GgufValue.Numbers.i32(types));
    }

    private int id(String text, JsonNode id, int vocabulary) {
        if (!id.isInt() || id.intValue() < 0) {
            throw broken("gives token " + JsonFile.printable(text) + " no sound id");
        }
        if (id.intValue() >= vocabulary) {
            throw broken(
                    "gives token "
                            + JsonFile.printable(text)
                            + " the id "
                            + id.intValue()
                            + ", but the embedding has only "
                            + vocabulary
                            + " rows");
        }
        return id.intValue();
    }

    private static boolean looksLikeControl(String text) {
        return LIKE_CONTROL.contains(text)
                || (text.startsWith("<|") && text.endsWith("|>"))
                || (text.startsWith("<\uFF5C") && text.endsWith("\uFF5C>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    private void merges() {
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : tokenizer.path("model").path("merges")) {
            if (merge.isString()) {
                merges.add(merge.stringValue());
            } else if (merge.size() == 2 && merge.get(0).isString() && merge.get(1).isString()) {
                merges.add(part(merge.get(0)) + " " + part(merge.get(1)));
            } else {
                throw broken(
                        "has a merge that is no pair: " + JsonFile.printable(merge.toString()));
            }
        }
        if (merges.isEmpty()) {
            throw broken("has no merges");
        }
        keys.put("tokenizer.ggml.merges", new GgufValue.Strings(merges));
    }

    /** The blank between the two parts must be the only one. */
    private static String part(JsonNode part) {
        return part.stringValue().replace(' ', (char) (' ' + 256));
    }

    private void specialTokens(int vocabulary) {
        Map<String, String> named = new LinkedHashMap<>();
        JsonNode config = folder.tokenizerConfig().orElse(MissingNode.getInstance());
        for (String kind : List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask")) {
            content(config.path(kind + "_token")).ifPresent(text -> named.put(kind, text));
        }
        if (named.containsKey("cls")) {
            named.putIfAbsent("bos", named.get("cls"));
        }
        if (named.containsKey("sep")) {
            named.putIfAbsent("eos", named.get("sep"));
        }
        SequencedMap<String, Boolean> adds = new LinkedHashMap<>();
        template(named, adds);
        SequencedMap<String, Integer> ids = new LinkedHashMap<>();
        List<String> kinds = new ArrayList<>(KINDS);
        kinds.add("eot");
        for (String kind : kinds) {
            JsonNode add = config.path("add_" + kind + "_token");
            if (add.isBoolean()) {
                adds.put(kind, add.booleanValue());
            }
            Optional.ofNullable(named.get(kind))
                    .map(addedIds::get)
                    .ifPresent(id -> ids.put(kind, id));
        }
        for (String kind : KINDS) {
            configured(kind, vocabulary).ifPresent(id -> ids.putIfAbsent(kind, id));
        }
        ids.forEach((kind, id) ->
                keys.put(
                        "tokenizer.ggml." + KEYS.getOrDefault(kind, kind) + "_token_id",
                        new GgufValue.U32(id)));
        adds.forEach((kind, add) -> {
            if (kind.equals("bos") || kind.equals("eos") || kind.equals("sep")) {
                keys.put("tokenizer.ggml.add_" + kind + "_token", new GgufValue.Bool(add));
            }
        });
    }

    /** A token is named by its text, or by an object around it. */
    private static Optional<String> content(JsonNode token) {
        JsonNode text = token.isObject() ? token.path("content") : token;
        return text.isString() ? Optional.of(text.stringValue()) : Optional.empty();
    }

    /** What a template that is put around each text says of its first and last token. */
    private void template(Map<String, String> named, SequencedMap<String, Boolean> adds) {
        JsonNode post = tokenizer.path("post_processor");
        List<JsonNode> processors = new ArrayList<>();
        if (post.path("processors").isArray()) {
            post.path("processors").forEach(processors::add);
        } else {
            processors.add(post);
        }
        for (JsonNode p : processors) {
            JsonNode single = p.path("single");
            if (!p.path("type").asString("").equals("TemplateProcessing") || single.size() < 2) {
                continue;
            }
            String first = single.get(0).path("SpecialToken").path("id").asString("");
            if (!first.isEmpty()) {
                adds.put("bos", first.equals(named.get("bos")) || first.equals(named.get("cls")));
            }
            String last =
                    single.get(single.size() - 1).path("SpecialToken").path("id").asString("");
            if (!last.isEmpty()) {
                String eos = named.put("eos", last);
                if (eos != null && !eos.equals(last)) {
                    named.put("eot", eos);
                }
                adds.put("eos", true);
            }
        }
    }

    /** What config.json says, at its root or of the text model. */
    private Optional<Integer> configured(String kind, int vocabulary) {
        JsonNode config = folder.config();
        JsonNode id = config.path(kind + "_token_id");
        if (id.isNull() || id.isMissingNode()) {
            id = config.path("text_config").path(kind + "_token_id");
        }
        if (!id.isInt()) {
            return Optional.empty();
        }
        if (id.intValue() < 0 || id.intValue() >= vocabulary) {
            throw Refusal.badInput(
                    folder.configFile(),
                    kind
                            + "_token_id is "
                            + id.intValue()
                            + ", no id of a vocabulary of "
                            + vocabulary,
                    "correct or remove it");
        }
        return Optional.of(id.intValue());
    }

    private Refusal broken(String problem) {
        return Refusal.badInput(file, problem, "use the tokenizer.json that belongs to the model");
    }
}
