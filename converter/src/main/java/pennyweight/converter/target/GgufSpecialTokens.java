package pennyweight.converter.target;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.StringNode;

/**
 * The ids of special tokens, and which of them are put around a text, by the rules of llama.cpp's
 * converter ({@code gguf-py/gguf/vocab.py}, {@code SpecialVocab}): tokenizer_config.json names a
 * token by its text, the post-processor of tokenizer.json may name others, and config.json gives
 * ids for kinds that have none yet.
 */
final class GgufSpecialTokens {
    /** "seperator" is how GGUF spells it; no key is for cls. */
    private static final Map<String, String> KEYS =
            Map.of(
                    "bos",
                    "bos",
                    "eos",
                    "eos",
                    "unk",
                    "unknown",
                    "sep",
                    "seperator",
                    "pad",
                    "padding",
                    "mask",
                    "mask",
                    "eot",
                    "eot",
                    "eom",
                    "eom");

    private static final List<String> ADDED = List.of("bos", "eos", "sep");

    private final ModelFolder folder;
    private final JsonNode tokenizer;
    private final int vocabulary;

    /** tokenizer_config.json; a file without anything in it counts as none. */
    private final JsonNode config;

    private final boolean configured;

    /** What the post-processor makes of tokens' names in tokenizer_config.json. */
    private final Map<String, JsonNode> named = new HashMap<>();

    private final List<String> kinds =
            new ArrayList<>(List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask"));
    private final SequencedMap<String, Boolean> adds = new LinkedHashMap<>();
    private final SequencedMap<String, Integer> ids = new LinkedHashMap<>();

    private JsonNode bos;
    private JsonNode cls;
    private JsonNode eos;
    private JsonNode sep;

    private GgufSpecialTokens(ModelFolder folder, JsonNode tokenizer, int vocabulary) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
        this.config = folder.tokenizerConfig().orElse(MissingNode.getInstance());
        this.configured = !config.isEmpty();
        this.bos = config.path("bos_token");
        this.cls = config.path("cls_token");
        this.eos = config.path("eos_token");
        this.sep = config.path("sep_token");
    }

    /**
     * Adds the keys of a tokenizer.
     *
     * @param tokenizer the object in tokenizer.json
     * @param vocabulary rows of the embedding
     * @throws Refusal where config.json gives an id that is none of the vocabulary
     */
    static void addTo(
            SequencedMap<String, GgufValue> keys,
            ModelFolder folder,
            JsonNode tokenizer,
            int vocabulary) {
        GgufSpecialTokens t = new GgufSpecialTokens(folder, tokenizer, vocabulary);
        t.fallBack();
        t.postProcessor();
        if (t.configured) {
            t.fromTokenizerConfig();
        }
        t.fromConfig();
        t.ids.forEach((kind, id) -> {
            if (KEYS.containsKey(kind)) {
                keys.put("tokenizer.ggml." + KEYS.get(kind) + "_token_id", new GgufValue.U32(id));
            }
        });
        t.adds.forEach((kind, add) -> {
            if (ADDED.contains(kind)) {
                keys.put("tokenizer.ggml.add_" + kind + "_token", new GgufValue.Bool(add));
            }
        });
    }

    /** Names nothing: null, an empty text, an empty object. */
    private static boolean nothing(JsonNode token) {
        return token.isNull()
                || token.isMissingNode()
                || (token.isString() && token.stringValue().isEmpty())
                || (token.isContainer() && token.isEmpty());
    }

    private void fallBack() {
        if (nothing(bos) && !nothing(cls)) {
            bos = cls;
            named.put("bos", bos);
        }
        if (nothing(eos) && !nothing(sep)) {
            eos = sep;
            named.put("eos", eos);
        }
    }

    private void postProcessor() {
        JsonNode post = tokenizer.path("post_processor");
        JsonNode processors = post.path("processors");
        for (JsonNode p : processors.isArray() ? processors : List.of(post)) {
            switch (p.path("type").asString("")) {
                case "RobertaProcessing" -> roberta(p);
                case "TemplateProcessing" -> template(p);
                default -> {}
            }
        }
    }

    private void roberta(JsonNode processor) {
        ADDED.forEach(kind -> adds.put(kind, true));
        if (configured && nothing(cls)) {
            cls = processor.has("cls") ? processor.path("cls").path(0) : bos;
            named.put("cls", cls);
        }
        if (configured && nothing(sep)) {
            sep = processor.has("sep") ? processor.path("sep").path(0) : eos;
            named.put("sep", sep);
        }
    }

    /** What a template that is put around each text says of its first and last token. */
    private void template(JsonNode processor) {
        JsonNode single = processor.path("single");
        String first = "";
        String last = "";
        if (single.size() > 1) {
            first = special(single.get(0));
            if (!first.isEmpty()) {
                leading(StringNode.valueOf(first));
            }
            last = special(single.get(single.size() - 1));
            if (!last.isEmpty()) {
                trailing(StringNode.valueOf(last));
            }
        }
        List<JsonNode> pair = new ArrayList<>();
        processor.path("pair").forEach(pair::add);
        if (!pair.isEmpty()) {
            boolean begins = !first.isEmpty() && special(pair.getFirst()).equals(first);
            boolean ends = !last.isEmpty() && special(pair.getLast()).equals(last);
            int from = begins ? 1 : 0;
            int to = ends ? pair.size() - 1 : pair.size();
            between(pair.subList(from, Math.max(from, to)), last);
        }
    }

    private static String special(JsonNode part) {
        return part.path("SpecialToken").path("id").asString("");
    }

    private static String sequence(JsonNode part) {
        return part.path("Sequence").path("id").asString("");
    }

    private void leading(JsonNode first) {
        if (!configured) {
            bos = first;
        } else if (!first.equals(bos) && !first.equals(cls)) {
            if (nothing(bos)) {
                bos = first;
                named.put("bos", first);
            }
            if (nothing(cls)) {
                cls = first;
                named.put("cls", first);
            }
        }
        adds.put("bos", first.equals(bos) || first.equals(cls));
    }

    /** What was the end of a text until now ends a turn. */
    private void trailing(JsonNode last) {
        if (configured && !last.equals(eos)) {
            for (String turn : List.of("eot", "eom")) {
                if (!kinds.contains(turn)) {
                    kinds.add(turn);
                    named.put(turn, eos);
                    break;
                }
            }
            named.put("eos", last);
        }
        eos = last;
        adds.put("eos", true);
    }

    /** Whether a separator is between two texts: A, one or two tokens, B. */
    private void between(List<JsonNode> pair, String last) {
        if (pair.size() < 3
                || !sequence(pair.getFirst()).equals("A")
                || !sequence(pair.getLast()).equals("B")) {
            return;
        }
        boolean add =
                (separates(pair.get(1)) && last.isEmpty())
                        || (pair.size() == 4 && separates(pair.get(2)));
        adds.put("sep", add);
        if (add && nothing(sep) && configured) {
            named.put("sep", eos);
        }
    }

    private boolean separates(JsonNode part) {
        JsonNode token = StringNode.valueOf(special(part));
        return !nothing(token) && (token.equals(sep) || token.equals(eos));
    }

    private void fromTokenizerConfig() {
        for (String kind : kinds) {
            JsonNode add = config.path("add_" + kind + "_token");
            if (add.isBoolean()) {
                adds.put(kind, add.booleanValue());
            }
            JsonNode entry = named.getOrDefault(kind, config.path(kind + "_token"));
            JsonNode text = entry.isObject() ? entry.path("content") : entry;
            if (text.isString()) {
                addedId(text.stringValue(), kind);
            }
        }
    }

    /** Only added tokens are looked up, and of several of one text the first. */
    private void addedId(String text, String kind) {
        for (JsonNode token : tokenizer.path("added_tokens")) {
            if (token.path("content").asString("").equals(text)) {
                ids.put(kind, token.path("id").intValue());
                return;
            }
        }
    }

    /** What config.json says, at its root or of the text model. */
    private void fromConfig() {
        JsonNode root = folder.config();
        for (String kind : kinds) {
            JsonNode id = root.path(kind + "_token_id");
            if (id.isNull() || id.isMissingNode()) {
                id = root.path("text_config").path(kind + "_token_id");
            }
            // Several configs have -1 for none.
            if (!id.isInt() || id.intValue() == -1 || ids.containsKey(kind)) {
                continue;
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
            ids.put(kind, id.intValue());
        }
    }
}
