package pennyweight.converter.target;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The metadata of a GGUF file of Qwen3.5, with the keys, types, values and order of llama.cpp's
 * converter ({@code conversion/base.py}, {@code conversion/qwen.py}, {@code
 * gguf-py/gguf/metadata.py}). llama-quantize moves quantization version and file type to the end.
 * Keys that would be an empty text are left out, as there.
 */
public final class GgufMetadataBuilder {
    private static final String ARCHITECTURE = "qwen35";
    private static final String FILE_TYPE = "general.file_type";
    private static final String QUANTIZATION_VERSION = "general.quantization_version";

    private final SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();

    private GgufMetadataBuilder() {}

    /**
     * Builds the metadata of one file.
     *
     * @param folder the checkpoint's folder, for its configs, tokenizer and template
     * @param folderName what the model is called where nothing else names it
     * @param model the sizes; with {@code mtpLayers} as the file will have them
     * @param parameters numbers in all tensors of the file, for the size label; 0 writes none
     * @param quantizes whether the order is llama-quantize's, not the converter's
     * @param extra keys of ours, put at the end
     * @return keys and values in the order to write them
     * @throws Refusal where a file of the folder is missing, broken, or of an unknown kind
     */
    public static SequencedMap<String, GgufValue> build(
            ModelFolder folder,
            String folderName,
            Qwen35 model,
            long parameters,
            GgufFileType fileType,
            boolean quantizes,
            SequencedMap<String, GgufValue> extra) {
        GgufMetadataBuilder b = new GgufMetadataBuilder();
        b.keys.putAll(general(folder, folderName, ARCHITECTURE, "model", parameters));
        b.sizes(folder, model);
        GgufValue type = new GgufValue.U32(fileType.id());
        GgufValue version = new GgufValue.U32(2);
        if (!quantizes) {
            b.keys.put(FILE_TYPE, type);
        }
        b.hybrid(model);
        if (!quantizes) {
            b.keys.put(QUANTIZATION_VERSION, version);
        }
        b.keys.putAll(GgufTokenizer.keys(folder, model.vocabulary()));
        if (quantizes) {
            b.keys.put(QUANTIZATION_VERSION, version);
            b.keys.put(FILE_TYPE, type);
        }
        b.keys.putAll(extra);
        b.keys.forEach((key, value) -> checkText(folder, key, value));
        return b.keys;
    }

    /**
     * The keys that every file of a model begins with: the same names and sampling settings in all.
     *
     * @param type of the file: {@code model}, {@code mmproj}
     * @param parameters as in {@link #build}
     */
    static SequencedMap<String, GgufValue> general(
            ModelFolder folder,
            String folderName,
            String architecture,
            String type,
            long parameters) {
        GgufMetadataBuilder b = new GgufMetadataBuilder();
        b.text("general.architecture", architecture);
        b.text("general.type", type);
        b.sampling(folder);
        b.names(folder, folderName, parameters);
        b.keys.forEach((key, value) -> checkText(folder, key, value));
        return b.keys;
    }

    private enum Kind {
        INTEGER,
        REAL,
        TEXT
    }

    /** A sampling setting: its name in generation_config.json, in GGUF, and its type there. */
    private record Setting(String name, String key, Kind kind) {}

    private static final List<Setting> SAMPLING =
            List.of(
                    new Setting("sequence", "sequence", Kind.TEXT),
                    new Setting("top_k", "top_k", Kind.INTEGER),
                    new Setting("top_p", "top_p", Kind.REAL),
                    new Setting("min_p", "min_p", Kind.REAL),
                    new Setting("xtc_probability", "xtc_probability", Kind.REAL),
                    new Setting("xtc_threshold", "xtc_threshold", Kind.REAL),
                    new Setting("temperature", "temp", Kind.REAL),
                    new Setting("penalty_last_n", "penalty_last_n", Kind.INTEGER),
                    new Setting("penalty_repeat", "penalty_repeat", Kind.REAL),
                    new Setting("mirostat", "mirostat", Kind.INTEGER),
                    new Setting("mirostat_tau", "mirostat_tau", Kind.REAL),
                    new Setting("mirostat_eta", "mirostat_eta", Kind.REAL));

    private void sampling(ModelFolder folder) {
        JsonNode config = folder.generationConfig().orElse(MissingNode.getInstance());
        for (Setting s : SAMPLING) {
            JsonNode value = config.path(s.name);
            if (value.isNull() || value.isMissingNode()) {
                continue;
            }
            String key = "general.sampling." + s.key;
            if (s.kind == Kind.INTEGER && value.isInt()) {
                keys.put(key, new GgufValue.I32(value.intValue()));
            } else if (s.kind == Kind.REAL && isFloat(value)) {
                keys.put(key, new GgufValue.F32((float) value.doubleValue()));
            } else if (s.kind == Kind.TEXT && value.isString()) {
                text(key, value.stringValue());
            } else {
                throw Refusal.badInput(
                        folder.path().resolve(ModelFolder.GENERATION_CONFIG),
                        s.name + " is " + JsonFile.printable(value.toString()),
                        "correct or remove it");
            }
        }
    }

    /** A number that is one in a float too. */
    private static boolean isFloat(JsonNode value) {
        return value.isNumber() && Float.isFinite((float) value.doubleValue());
    }

    private void names(ModelFolder folder, String folderName, long parameters) {
        keys.putAll(GgufProvenance.keys(folder, folderName, parameters));
    }

    private void sizes(ModelFolder folder, Qwen35 m) {
        count("block_count", m.layers() + m.mtpLayers());
        count("context_length", m.contextLength());
        count("embedding_length", m.width());
        count("feed_forward_length", m.intermediate());
        count("attention.head_count", m.heads());
        count("attention.head_count_kv", m.kvHeads());
        checkRope(folder);
        int[] sections = new int[4];
        for (int i = 0; i < Math.min(4, m.ropeSections().size()); i++) {
            sections[i] = m.ropeSections().get(i);
        }
        put("rope.dimension_sections", GgufValue.Numbers.i32(sections));
        put("rope.freq_base", new GgufValue.F32((float) m.ropeTheta()));
        put("attention.layer_norm_rms_epsilon", new GgufValue.F32((float) m.epsilon()));
        count("attention.key_length", m.headDim());
        count("attention.value_length", m.headDim());
    }

    private void hybrid(Qwen35 m) {
        if (m.mtpLayers() > 0) {
            count("nextn_predict_layers", m.mtpLayers());
        }
        count("ssm.conv_kernel", m.convKernel());
        count("ssm.state_size", m.keyDim());
        count("ssm.group_count", m.keyHeads());
        count("ssm.time_step_rank", m.valueHeads());
        count("ssm.inner_size", m.valueWidth());
        count("full_attention_interval", m.fullAttentionInterval());
        count("rope.dimension_count", m.rotaryDimensions());
    }

    /** A stretched context would need keys, and a forward pass, that are not here. */
    private static void checkRope(ModelFolder folder) {
        JsonNode config = folder.config();
        JsonNode text = config.has("text_config") ? config.path("text_config") : config;
        for (String name : List.of("rope_parameters", "rope_scaling")) {
            JsonNode rope = text.path(name);
            String type = rope.path("rope_type").asString(rope.path("type").asString("default"));
            if (!type.equals("default") && !type.equals("mrope")) {
                throw Refusal.notSupported(
                        folder.configFile(),
                        "has the rope type " + type,
                        "only default is supported: remove the scaling from " + name);
            }
        }
    }

    /** JSON can say half of a surrogate pair; UTF-8 cannot. */
    private static void checkText(ModelFolder folder, String key, GgufValue value) {
        List<String> texts =
                switch (value) {
                    case GgufValue.Text t -> List.of(t.value());
                    case GgufValue.Strings t -> t.values();
                    default -> List.of();
                };
        for (String text : texts) {
            if (!GgufValue.isText(text)) {
                throw Refusal.badInput(
                        folder.path(),
                        "gives " + key + " a text with half of a surrogate pair",
                        "correct the tokenizer's files");
            }
        }
    }

    private void count(String key, int value) {
        put(key, new GgufValue.U32(value));
    }

    private void put(String key, GgufValue value) {
        keys.put(ARCHITECTURE + "." + key, value);
    }

    private void text(String key, String value) {
        if (!value.isEmpty()) {
            keys.put(key, new GgufValue.Text(value));
        }
    }
}
