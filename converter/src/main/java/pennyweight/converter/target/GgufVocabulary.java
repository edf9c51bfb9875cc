package pennyweight.converter.target;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * The texts and types of all tokens, as llama.cpp's converter takes them from transformers ({@code
 * conversion/base.py}, {@code get_vocab_base}): tokenizer.json's vocabulary and added tokens, with
 * the flags that tokenizer_config.json gives these, and the tokens that it names besides.
 */
final class GgufVocabulary {
    /** Token types (llama.cpp {@code include/llama.h}, {@code llama_token_type}). */
    private static final int NORMAL = 1;

    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;

    /** What the text of a row without a token begins with. */
    private static final String FILLER = "[PAD";

    private static final Set<String> LIKE_CONTROL = Set.of("<pad>", "<mask>", "<2mass>", "[@BOS@]");

    /** Kinds of special tokens in the order in which transformers adds those that are missing. */
    private static final List<String> KINDS =
            List.of("bos", "eos", "unk", "sep", "pad", "cls", "mask");

    /**
     * A token that is found in a text before all splitting.
     *
     * @param normalized whether the text is normalized before it is searched for the token
     */
    private record Added(int id, boolean special, boolean normalized) {}

    private final Path file;
    private final int rows;
    private final JsonNode vocabulary;

    /** The text of each row; nothing where it has none. */
    private final List<@Nullable String> texts;

    private final SequencedMap<String, Added> added = new LinkedHashMap<>();

    /**
     * @param file what refusals name
     * @param tokenizer the object in tokenizer.json
     * @param config the object in tokenizer_config.json, or nothing
     * @param rows of the embedding
     * @throws Refusal where a token has no sound id, or one that the embedding has no row for
     */
    GgufVocabulary(Path file, JsonNode tokenizer, JsonNode config, int rows) {
        this.file = file;
        this.rows = rows;
        vocabulary = tokenizer.path("model").path("vocab");
        texts = new ArrayList<>(Collections.nCopies(rows, null));
        for (Map.Entry<String, JsonNode> e : vocabulary.properties()) {
            int id = id(e.getKey(), e.getValue());
            if (texts.set(id, e.getKey()) != null) {
                throw broken("gives id " + id + " to two tokens");
            }
        }
        for (JsonNode token : tokenizer.path("added_tokens")) {
            String text = token.path("content").asString("");
            int id = id(text, token.path("id"));
            Added old =
                    added.putIfAbsent(
                            text, new Added(id, flag(token, "special"), flag(token, "normalized")));
            if (old != null && old.id != id) {
                throw twice(id);
            }
        }
        flagsOf(config.path("added_tokens_decoder"));
        named(config);
    }

    private static boolean flag(JsonNode token, String name) {
        return token.path(name).asBoolean(false);
    }

    /** transformers takes the flags of tokenizer_config.json, where it lists the added tokens. */
    private void flagsOf(JsonNode decoder) {
        decoder.properties().stream()
                .filter(e -> e.getKey().matches("\\d{1,9}"))
                .sorted(Comparator.comparingInt(e -> Integer.parseInt(e.getKey())))
                .map(Map.Entry::getValue)
                .forEach(token ->
                        add(
                                token.path("content").asString(""),
                                flag(token, "special"),
                                flag(token, "normalized")));
    }

    /** A token that is named in a role is special; one that only is listed becomes so if new. */
    private void named(JsonNode config) {
        for (String kind : KINDS) {
            add(text(config.path(kind + "_token")), true, false);
        }
        JsonNode extra = config.path("extra_special_tokens");
        if (extra.isObject()) {
            extra.forEach(token -> add(text(token), true, false));
        }
        List<JsonNode> listed = new ArrayList<>();
        config.path("additional_special_tokens").forEach(listed::add);
        if (extra.isArray()) {
            extra.forEach(listed::add);
        }
        for (JsonNode token : listed) {
            if (!added.containsKey(text(token))) {
                add(text(token), true, false);
            }
        }
    }

    /** A token is named by its text, or by an object around it. */
    private static String text(JsonNode token) {
        return (token.isObject() ? token.path("content") : token).asString("");
    }

    /** Adds a token with the id that transformers would give it, or changes one's flags. */
    private void add(String text, boolean special, boolean normalized) {
        Added before = added.get(text);
        if (before != null) {
            added.put(text, new Added(before.id, special, normalized));
            return;
        }
        int last = added.values().stream().mapToInt(Added::id).max().orElse(-1);
        JsonNode old = vocabulary.path(text);
        int id = old.isInt() ? old.intValue() : Math.max(vocabulary.properties().size(), last + 1);
        // A token without a row could never be computed with: no text may become it.
        if (!text.isEmpty() && id < rows) {
            added.put(text, new Added(id, special, normalized));
        }
    }

    private int id(String text, JsonNode id) {
        if (!id.isInt() || id.intValue() < 0) {
            throw broken("gives token " + JsonFile.printable(text) + " no sound id");
        }
        if (id.intValue() >= rows) {
            throw broken(
                    "gives token "
                            + JsonFile.printable(text)
                            + " the id "
                            + id.intValue()
                            + ", but the embedding has only "
                            + rows
                            + " rows");
        }
        return id.intValue();
    }

    /**
     * Adds the keys of texts and types, one of each for every row; rows without a token are filled
     * up.
     *
     * @throws Refusal where two tokens have one id or one text, or a text has a zero byte
     */
    void addTo(SequencedMap<String, GgufValue> keys) {
        int[] types = new int[rows];
        for (int id = 0; id < rows; id++) {
            types[id] = texts.get(id) == null ? UNUSED : NORMAL;
        }
        added.forEach((text, token) -> {
            String written = token.normalized ? text : decoded(text);
            boolean control = token.special || looksLikeControl(written);
            // U+2581 is the blank of SentencePiece, from which some added tokens come.
            texts.set(token.id, control ? written : written.replace('\u2581', ' '));
            types[token.id] = control ? CONTROL : USER_DEFINED;
        });
        checkAdded();
        keys.put("tokenizer.ggml.tokens", new GgufValue.Strings(filled()));
        keys.put("tokenizer.ggml.token_type", GgufValue.Numbers.i32(types));
    }

    /** Those of the vocabulary differ from each other, being keys; the added ones need not. */
    private void checkAdded() {
        Set<String> distinct = new HashSet<>();
        Set<Integer> ids = new TreeSet<>();
        added.values().forEach(token -> ids.add(token.id));
        for (int id : ids) {
            String text = Objects.requireNonNull(texts.get(id));
            JsonNode other = vocabulary.path(text);
            boolean listed = other.isInt() && other.intValue() != id;
            if (!distinct.add(text) || (listed && text.equals(texts.get(other.intValue())))) {
                throw twice(listed ? Math.max(id, other.intValue()) : id);
            }
        }
    }

    /** The texts of all rows, those without a token filled up. */
    private List<String> filled() {
        Set<String> likeFillers = new HashSet<>();
        for (String text : texts) {
            if (text != null && text.startsWith(FILLER)) {
                likeFillers.add(text);
            }
        }
        List<String> all = new ArrayList<>(rows);
        for (int id = 0; id < rows; id++) {
            String known = texts.get(id);
            String text = known == null ? FILLER + id + "]" : known;
            if (known == null ? likeFillers.contains(text) : known.indexOf('\0') >= 0) {
                throw twice(id);
            }
            all.add(text);
        }
        return all;
    }

    private static boolean looksLikeControl(String text) {
        return LIKE_CONTROL.contains(text)
                || (text.startsWith("<|") && text.endsWith("|>"))
                || (text.startsWith("<\uFF5C") && text.endsWith("\uFF5C>"))
                || (text.startsWith("<unused") && text.endsWith(">"));
    }

    /**
     * What the byte-level decoder makes of a text: where all its characters stand for bytes, the
     * text of these. The converter writes replacement characters for bytes that are no UTF-8; such
     * a text is found nowhere, so it stays what it is here.
     */
    private static String decoded(String text) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length());
        for (int i = 0; i < text.length(); i++) {
            int b = ByteAlphabet.byteOf(text.charAt(i));
            if (b < 0) {
                return text;
            }
            bytes.put((byte) b);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            return text;
        }
    }

    /** The characters that stand for bytes in a byte-level vocabulary (GPT-2's table). */
    private static final class ByteAlphabet {
        private static final int HIDDEN = 256;
        private static final byte[] BYTES = new byte[HIDDEN + 68];
        private static final boolean[] KNOWN = new boolean[BYTES.length];

        static {
            int hidden = HIDDEN;
            for (int b = 0; b < 256; b++) {
                boolean shown = (b > ' ' && b < 0x7F) || (b > 0xA0 && b != 0xAD);
                int c = shown ? b : hidden++;
                BYTES[c] = (byte) b;
                KNOWN[c] = true;
            }
        }

        /** The byte that a character stands for, or -1. */
        static int byteOf(char c) {
            return c < KNOWN.length && KNOWN[c] ? BYTES[c] & 0xFF : -1;
        }
    }

    private Refusal twice(int id) {
        return broken("has token " + id + " twice, or with a zero byte in it");
    }

    private Refusal broken(String problem) {
        return Refusal.badInput(file, problem, "use the tokenizer.json that belongs to the model");
    }
}
