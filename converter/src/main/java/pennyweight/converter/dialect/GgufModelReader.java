package pennyweight.converter.dialect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.LayerKind;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.gguf.GgufMetadata;
import pennyweight.formats.gguf.GgufShards;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufValue;

/**
 * The model that a GGUF file describes, from its keys and tensors alone, as llama.cpp's loader
 * reads them ({@code src/models/qwen35.cpp}).
 */
public final class GgufModelReader {
    private static final String ARCHITECTURE = "qwen35";

    /** What llama.cpp takes where a file has no such key. */
    private static final int DEFAULT_INTERVAL = 4;

    private static final String REMEDY = "convert the model again";

    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors = new HashMap<>();

    private GgufModelReader(GgufMetadata metadata, List<GgufTensor> tensors) {
        this.metadata = metadata;
        tensors.forEach(t -> this.tensors.put(t.name(), t));
    }

    /** The model of an open file; see {@link #read(GgufMetadata, List)}. */
    public static Qwen35 read(GgufShards file) {
        return read(file.metadata(), file.tensors());
    }

    /**
     * The model, its value heads {@link HeadOrder#TILED}. Every tensor that it needs is there in
     * the shape it needs.
     *
     * @throws Refusal where the architecture is another, or a key or a tensor is missing or does
     *     not agree with the others
     */
    public static Qwen35 read(GgufMetadata metadata, List<GgufTensor> tensors) {
        String architecture = metadata.string("general.architecture");
        if (!architecture.equals(ARCHITECTURE)) {
            throw Refusal.notSupported(
                    metadata.file(),
                    "is of architecture " + architecture,
                    "only " + ARCHITECTURE + " is supported");
        }
        return new GgufModelReader(metadata, tensors).model();
    }

    private Qwen35 model() {
        int mtpLayers = metadata.optionalU32(key("nextn_predict_layers")).orElse(0);
        int blocks = count("block_count");
        int interval =
                metadata.find(key("full_attention_interval")).isPresent()
                        ? count("full_attention_interval")
                        : DEFAULT_INTERVAL;
        agree(mtpLayers < blocks, "nextn_predict_layers", "leaves no layer");
        int headDim = count("attention.key_length");
        agree(
                headDim == count("attention.value_length"),
                "attention.value_length",
                "is no key_length");
        int heads = count("attention.head_count");
        int kvHeads = count("attention.head_count_kv");
        agree(heads % kvHeads == 0, "attention.head_count", "is no multiple of head_count_kv");
        int keyHeads = count("ssm.group_count");
        int valueHeads = count("ssm.time_step_rank");
        agree(valueHeads % keyHeads == 0, "ssm.time_step_rank", "is no multiple of group_count");
        int valueWidth = count("ssm.inner_size");
        agree(valueWidth % valueHeads == 0, "ssm.inner_size", "is no multiple of time_step_rank");
        int rotary = count("rope.dimension_count");
        agree(rotary % 2 == 0 && rotary <= headDim, "rope.dimension_count", "fits no head");
        GgufTensor embedding = tensor("token_embd.weight");
        agree(
                embedding.shape().rows() <= Integer.MAX_VALUE,
                "embedding_length",
                "goes with too many rows of token_embd.weight");
        int keyDim = count("ssm.state_size");
        agree((long) keyHeads * keyDim <= Integer.MAX_VALUE, "ssm.state_size", "is too large");
        agree(blocks <= tensors.size(), "block_count", "exceeds the number of tensors");
        Qwen35 model =
                new Qwen35(
                        Math.toIntExact(embedding.shape().rows()),
                        count("embedding_length"),
                        count("feed_forward_length"),
                        kinds(blocks - mtpLayers, interval),
                        heads,
                        kvHeads,
                        headDim,
                        rotary,
                        decimal("rope.freq_base"),
                        sections(),
                        keyHeads,
                        valueHeads,
                        keyDim,
                        valueWidth / valueHeads,
                        count("ssm.conv_kernel"),
                        decimal("attention.layer_norm_rms_epsilon"),
                        count("context_length"),
                        interval,
                        !tensors.containsKey("output.weight"),
                        mtpLayers,
                        HeadOrder.TILED);
        checkTensors(model);
        return model;
    }

    private static List<LayerKind> kinds(int layers, int interval) {
        List<LayerKind> kinds = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            kinds.add((i + 1) % interval == 0 ? LayerKind.GATED_ATTENTION : LayerKind.GATED_DELTA);
        }
        return kinds;
    }

    /** Four axes in the file, of which text and images use three. */
    private List<Integer> sections() {
        GgufValue.Numbers values = metadata.integers(key("rope.dimension_sections"));
        agree(values.size() == 4, "rope.dimension_sections", "has not 4 entries");
        List<Integer> sections = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long pairs = values.integer(i);
            agree(
                    pairs >= 0 && pairs <= Integer.MAX_VALUE,
                    "rope.dimension_sections",
                    "is negative");
            sections.add((int) pairs);
        }
        return sections;
    }

    private void checkTensors(Qwen35 model) {
        GgufDialect dialect = new GgufDialect(model.layers());
        for (TensorSpec spec : model.tensors()) {
            Shape wanted = dialect.conventions().shape(spec.role(), spec.shape());
            GgufTensor found = tensor(dialect.name(spec.role()));
            if (!found.shape().equals(wanted)) {
                throw Refusal.badTensor(
                        file(),
                        found.name(),
                        "has shape " + found.shape() + ", but the file's keys want " + wanted,
                        REMEDY);
            }
        }
    }

    private GgufTensor tensor(String name) {
        GgufTensor t = tensors.get(name);
        if (t == null) {
            throw Refusal.badTensor(
                    file(), name, "is missing, and the file's keys want it", REMEDY);
        }
        return t;
    }

    private int count(String key) {
        int value = metadata.u32(key(key));
        agree(value > 0, key, "must not be 0");
        return value;
    }

    /** The decimal that was meant: 1e-6, not the float next to it in all its digits. */
    private double decimal(String key) {
        float value = metadata.f32(key(key));
        agree(Float.isFinite(value) && value > 0, key, "is no positive number");
        return Double.parseDouble(Float.toString(value));
    }

    private void agree(boolean holds, String key, String problem) {
        if (!holds) {
            throw Refusal.badInput(
                    file(),
                    "metadata key "
                            + key(key)
                            + metadata.find(key(key)).map(v -> " " + shown(v)).orElse("")
                            + " "
                            + problem,
                    REMEDY);
        }
    }

    private static String shown(GgufValue value) {
        return switch (value) {
            case GgufValue.U32 v -> "(" + v.value() + ")";
            case GgufValue.F32 v -> "(" + v.value() + ")";
            default -> "(" + value.description() + ")";
        };
    }

    private static String key(String key) {
        return ARCHITECTURE + "." + key;
    }

    private Path file() {
        return metadata.file();
    }
}
