package pennyweight.converter.target;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * llama.cpp's names for the ways in which byte-level tokenizers split a text, by the steps of
 * tokenizer.json. The regexes are those of published files; llama.cpp ({@code src/llama-vocab.cpp})
 * has its own spelling of each. Several names mean one split and differ in what the loader takes
 * for granted (a leading token, blanks removed when decoding), so the kind of model decides between
 * them.
 *
 * @param usual the name where the kind of model decides nothing
 * @param ignoreMerges whether a word that is a token is taken whole; it goes with the name, as GGUF
 *     has no key for it
 * @param steps regexes and {@link #BYTES}, in order
 * @param byModel names by config.json's {@code model_type}
 */
record GgufSplit(
        String usual, boolean ignoreMerges, List<String> steps, Map<String, String> byModel) {
    /** GPT-2's regex, which a ByteLevel step has built in. */
    static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    static final String DIGIT = "\\p{N}";
    static final String DIGITS = "\\p{N}+";

    /** What a Punctuation step takes together. */
    static final String PUNCTUATION = "[\\p{P}\\$\\+<=>\\^~\\|`]+";

    /** Where characters become bytes. */
    static final String BYTES = "ByteLevel";

    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String BEFORE_WORD = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String WORD = BEFORE_WORD + "\\p{L}+";
    private static final String OTHER = "| ?[^\\s\\p{L}\\p{N}]+";
    private static final String SPACES = "|\\s+(?!\\S)|\\s+";
    private static final String LINES_SPACES = "|\\s*[\\r\\n]+" + SPACES;
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

    private static final String QWEN2 =
            CONTRACTION + "|" + WORD + "|\\p{N}" + OTHER + "[\\r\\n]*" + LINES_SPACES;

    private static final String QWEN35 =
            (CONTRACTION + "|" + BEFORE_WORD)
                    + "[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                    + LINES_SPACES;

    private static final String LLAMA3 =
            CONTRACTION + "|" + WORD + "|\\p{N}{1,3}" + OTHER + "[\\r\\n]*" + LINES_SPACES;

    private static final String GPT4O =
            (BEFORE_WORD + UPPER + "*" + LOWER + "+" + CONTRACTION + "?|")
                    + (BEFORE_WORD + UPPER + "+" + LOWER + "*" + CONTRACTION + "?|")
                    + ("\\p{N}{1,3}" + OTHER + "[\\r\\n/]*" + LINES_SPACES);

    private static final String TEKKEN =
            (BEFORE_WORD + UPPER + "*" + LOWER + "+|")
                    + (BEFORE_WORD + UPPER + "+" + LOWER + "*|")
                    + ("\\p{N}" + OTHER + "[\\r\\n/]*" + LINES_SPACES);

    private static final String THOUSANDS = "\\d{1,3}(?=(?:\\d{3})*\\b)";
    private static final String UP_TO_THREE = "\\p{N}{1,3}";

    /** Chinese and Japanese. */
    private static final String DEEPSEEK3_HAN = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";

    private static final String DEEPSEEK3 =
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                    + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
                    + LINES_SPACES;

    private static final String LINE_END = "[\\r\\n]";

    private static final String DEEPSEEK_LETTERS =
            "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";

    private static final String DEEPSEEK_MARKS =
            "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+";

    /** Chinese, Japanese and Korean. */
    private static final String DEEPSEEK_HAN = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    private static final String BAILING =
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}"
                    + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]"
                    + SPACES;

    private static final String SEED_CODER =
            (CONTRACTION + "|" + WORD) + "|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + LINES_SPACES;

    private static final String EXAONE_MOE =
            (CONTRACTION + "|" + BEFORE_WORD)
                    + "(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
                    + (OTHER + "[\\r\\n/]?|\\s*[\\r\\n]" + SPACES);

    private static final String MINICPM5 =
            CONTRACTION + "|" + WORD + "|\\p{N}+" + OTHER + "[\\r\\n]*" + LINES_SPACES;

    private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";

    private static final List<GgufSplit> ALL =
            List.of(
                    usual("qwen35", QWEN35, BYTES),
                    usual("qwen2", QWEN2, BYTES)
                            .or("stablelm2", "stablelm")
                            .or("hunyuan", "hunyuan_v1_moe")
                            .or("solar-open", "solar_open"),
                    usual("llama-bpe", LLAMA3, BYTES).whole().or("lfm2", "lfm2", "lfm2_moe"),
                    usual("dbrx", LLAMA3, BYTES)
                            .or("smaug-bpe", "llama")
                            .or("glm4", "glm4", "glm4_moe")
                            .or("chatglm-bpe", "chatglm", "glm"),
                    usual("gpt-2", GPT2, BYTES)
                            .or("phi-2", "phi")
                            .or("mpt", "mpt")
                            .or("olmo", "olmo", "olmo2", "olmoe")
                            .or("jais", "jais")
                            .or("exaone4", "exaone4"),
                    usual("smollm", DIGIT, GPT2, BYTES)
                            .or("starcoder", "gpt_bigcode", "starcoder2")
                            .or("refact", "gpt_refact", "granite", "granitemoe")
                            .or("codeshell", "codeshell")
                            .or("exaone", "exaone")
                            .or("command-r", "cohere", "cohere2")
                            .or("minerva-7b", "mistral"),
                    usual("gpt-4o", GPT4O, BYTES)
                            .or("llama4", "llama4", "llama4_text")
                            .or("minimax-m2", "minimax_m2"),
                    usual("tekken", TEKKEN, BYTES).whole(),
                    usual("tiny_aya", THOUSANDS, GPT4O, BYTES).or("cohere2moe", "cohere2_moe"),
                    usual("deepseek-v3", UP_TO_THREE, DEEPSEEK3_HAN, DEEPSEEK3, BYTES)
                            .or("hunyuan-dense", "hunyuan_v1_dense"),
                    usual(
                            "deepseek-coder",
                            LINE_END,
                            "\\s?\\p{L}+",
                            "\\s?\\p{P}+",
                            DEEPSEEK_HAN,
                            DIGIT,
                            BYTES),
                    usual(
                            "deepseek-llm",
                            LINE_END,
                            DEEPSEEK_LETTERS,
                            DEEPSEEK_MARKS,
                            "\\s+$",
                            DEEPSEEK_HAN,
                            DIGITS,
                            BYTES),
                    usual("falcon", PUNCTUATION, GPT2, BYTES, "[0-9][0-9][0-9]"),
                    usual("bailingmoe", BAILING, BYTES)
                            .or("bailingmoe2", "bailing_moe_v2")
                            .or("llada-moe", "llada_moe"),
                    usual("seed-coder", SEED_CODER, BYTES),
                    usual("exaone-moe", EXAONE_MOE, BYTES),
                    usual("minicpm5", UP_TO_THREE, MINICPM5, BYTES).whole(),
                    usual("bloom", BLOOM, BYTES),
                    usual("viking", BLOOM, DIGIT, BYTES));

    GgufSplit {
        steps = List.copyOf(steps);
        byModel = Map.copyOf(byModel);
    }

    private static GgufSplit usual(String name, String... steps) {
        return new GgufSplit(name, false, List.of(steps), Map.of());
    }

    private GgufSplit whole() {
        return new GgufSplit(usual, true, steps, byModel);
    }

    private GgufSplit or(String name, String... models) {
        Map<String, String> more = new HashMap<>(byModel);
        for (String model : models) {
            more.put(model, name);
        }
        return new GgufSplit(usual, ignoreMerges, steps, more);
    }

    /** The name of a split; of several names the one of the kind of model. */
    static Optional<String> name(List<String> steps, boolean ignoreMerges, String modelType) {
        return ALL.stream()
                .filter(s -> s.steps.equals(steps) && s.ignoreMerges == ignoreMerges)
                .map(s -> s.byModel.getOrDefault(modelType, s.usual))
                .findFirst();
    }
}
