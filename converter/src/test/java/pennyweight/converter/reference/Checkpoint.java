package pennyweight.converter.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.Weights;
import pennyweight.converter.model.qwen35.LayerKind;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.formats.DType;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.json.JsonFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;

/** A small checkpoint of the test data, whole in memory, in the forward pass's conventions. */
record Checkpoint(Qwen35 model, Map<Role, float[]> tensors) implements Weights {
    static Path testData() {
        return Path.of(System.getProperty("pennyweight.testdata"));
    }

    static Checkpoint open(String name) {
        Path folder = testData().resolve(name);
        Qwen35 model = config(JsonFile.readObject(folder.resolve("config.json")));
        HuggingFaceDialect names = new HuggingFaceDialect(true);
        Map<Role, float[]> tensors = new HashMap<>();
        try (SafetensorsFolder files = SafetensorsFolder.open(folder)) {
            for (TensorSpec spec : model.tensors()) {
                TensorEntry entry = files.tensor(names.name(spec.role())).orElseThrow();
                float[] values = floats(files.input(entry), entry);
                toForwardPass(spec.role().part(), values);
                tensors.put(spec.role(), values);
            }
        }
        return new Checkpoint(model, tensors);
    }

    /** The numbers of an F32 or BF16 tensor. */
    static float[] floats(InputFile input, TensorEntry entry) {
        ByteBuffer bytes =
                ByteBuffer.wrap(input.read(entry.offset(), Math.toIntExact(entry.bytes())))
                        .order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[Math.toIntExact(entry.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    entry.dtype() == DType.F32
                            ? bytes.getFloat()
                            : Float.intBitsToFloat(bytes.getShort() << 16);
        }
        return values;
    }

    private static void toForwardPass(Part part, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (part) {
                        case INPUT_NORM, MLP_NORM, FINAL_NORM, ATTN_Q_NORM, ATTN_K_NORM ->
                                1 + values[i];
                        case DELTA_DECAY -> (float) -StrictMath.exp(values[i]);
                        default -> values[i];
                    };
        }
    }

    private static Qwen35 config(JsonNode root) {
        JsonNode text = root.get("text_config");
        JsonNode rope = text.get("rope_parameters");
        List<LayerKind> kinds = new ArrayList<>();
        for (JsonNode kind : text.get("layer_types")) {
            kinds.add(
                    kind.asString().equals("full_attention")
                            ? LayerKind.GATED_ATTENTION
                            : LayerKind.GATED_DELTA);
        }
        List<Integer> sections = new ArrayList<>();
        rope.get("mrope_section").forEach(s -> sections.add(s.asInt()));
        int headDim = text.get("head_dim").asInt();
        return new Qwen35(
                text.get("vocab_size").asInt(),
                text.get("hidden_size").asInt(),
                text.get("intermediate_size").asInt(),
                kinds,
                text.get("num_attention_heads").asInt(),
                text.get("num_key_value_heads").asInt(),
                headDim,
                (int) (headDim * rope.get("partial_rotary_factor").asDouble()),
                rope.get("rope_theta").asDouble(),
                sections,
                text.get("linear_num_key_heads").asInt(),
                text.get("linear_num_value_heads").asInt(),
                text.get("linear_key_head_dim").asInt(),
                text.get("linear_value_head_dim").asInt(),
                text.get("linear_conv_kernel_dim").asInt(),
                text.get("rms_norm_eps").asDouble(),
                text.get("max_position_embeddings").asInt(),
                text.get("full_attention_interval").asInt(),
                text.get("tie_word_embeddings").asBoolean(),
                text.get("mtp_num_hidden_layers").asInt(),
                HeadOrder.GROUPED);
    }

    /**
     * The same model with its value heads tiled, as llama.cpp's {@code conversion/qwen.py} reorders
     * them.
     */
    Checkpoint tiled() {
        Map<Role, float[]> moved = new HashMap<>();
        tensors.forEach((role, values) -> moved.put(role, tiled(role, values)));
        Qwen35 m = model;
        return new Checkpoint(
                new Qwen35(
                        m.vocabulary(),
                        m.width(),
                        m.intermediate(),
                        m.kinds(),
                        m.heads(),
                        m.kvHeads(),
                        m.headDim(),
                        m.rotaryDimensions(),
                        m.ropeTheta(),
                        m.ropeSections(),
                        m.keyHeads(),
                        m.valueHeads(),
                        m.keyDim(),
                        m.valueDim(),
                        m.convKernel(),
                        m.epsilon(),
                        m.contextLength(),
                        m.fullAttentionInterval(),
                        m.tied(),
                        m.mtpLayers(),
                        HeadOrder.TILED),
                moved);
    }

    private float[] tiled(Role role, float[] values) {
        int qk = 2 * model.keyWidth();
        int dim = model.valueDim();
        return switch (role.part()) {
            case DELTA_QKV -> permuted(values, qk, dim, model.width());
            case DELTA_Z -> permuted(values, 0, dim, model.width());
            case DELTA_A, DELTA_B -> permuted(values, 0, 1, model.width());
            case DELTA_DECAY, DELTA_DT_BIAS -> permuted(values, 0, 1, 1);
            case DELTA_CONV -> permuted(values, qk, dim, model.convKernel());
            case DELTA_OUT -> {
                float[] columns = new float[values.length];
                int width = model.valueWidth();
                for (int row = 0; row < model.width(); row++) {
                    float[] own = new float[width];
                    System.arraycopy(values, row * width, own, 0, width);
                    System.arraycopy(permuted(own, 0, dim, 1), 0, columns, row * width, width);
                }
                yield columns;
            }
            default -> values;
        };
    }

    /** Moves heads of {@code headRows} rows; the first {@code start} rows stay. */
    private float[] permuted(float[] values, int start, int headRows, int width) {
        float[] moved = values.clone();
        int shared = model.valueHeads() / model.keyHeads();
        int head = headRows * width;
        for (int p = 0; p < model.valueHeads(); p++) {
            int old = p % model.keyHeads() * shared + p / model.keyHeads();
            System.arraycopy(
                    values, start * width + old * head, moved, start * width + p * head, head);
        }
        return moved;
    }

    @Override
    public long rows(Role role) {
        return tensor(role).length / columns(role);
    }

    @Override
    public int columns(Role role) {
        return switch (role.part()) {
            case EMBEDDING, HEAD, MLP_GATE, MLP_UP, ATTN_Q, ATTN_K, ATTN_V -> model.width();
            case DELTA_QKV, DELTA_Z, DELTA_A, DELTA_B -> model.width();
            case MLP_DOWN -> model.intermediate();
            case ATTN_OUT -> model.heads() * model.headDim();
            case DELTA_OUT -> model.valueWidth();
            case DELTA_CONV -> model.convKernel();
            default -> tensor(role).length;
        };
    }

    @Override
    public void read(Role role, long first, int count, float[] target) {
        int columns = columns(role);
        System.arraycopy(tensor(role), (int) first * columns, target, 0, count * columns);
    }

    private float[] tensor(Role role) {
        float[] values = tensors.get(role);
        if (values == null) {
            throw new IllegalArgumentException("no " + role);
        }
        return values;
    }
}
