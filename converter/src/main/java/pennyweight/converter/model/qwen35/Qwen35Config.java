package pennyweight.converter.model.qwen35;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import pennyweight.converter.model.ConfigFields;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * Reads a Qwen3.5 model from the config.json of a Hugging Face or MLX folder. Fields that are left
 * out have the defaults of transformers' {@code configuration_qwen3_5.py}; what the tensors show is
 * taken from them.
 */
public final class Qwen35Config {
    private static final Set<String> ARCHITECTURES =
            Set.of("Qwen3_5ForConditionalGeneration", "Qwen3_5ForCausalLM");
    private static final Set<String> MODEL_TYPES = Set.of("qwen3_5", "qwen3_5_text");
    private static final String TEXT_CONFIG = "text_config";
    private static final String LAYERS = "num_hidden_layers";
    private static final String LAYER_TYPES = "layer_types";
    private static final String INTERVAL = "full_attention_interval";
    private static final String TIED = "tie_word_embeddings";

    private final ConfigFields root;
    private final ConfigFields text;
    private final Function<Role, Optional<Shape>> tensors;

    private Qwen35Config(
            ConfigFields root, ConfigFields text, Function<Role, Optional<Shape>> tensors) {
        this.root = root;
        this.text = text;
        this.tensors = tensors;
    }

    /** Whether {@code config} says that it is of this family; no other field is looked at. */
    public static boolean recognises(JsonNode config) {
        return MODEL_TYPES.contains(config.path("model_type").asString(""))
                || ARCHITECTURES.contains(config.path("architectures").path(0).asString(""));
    }

    /**
     * The model that {@code config} and the tensors describe.
     *
     * @param config the object that {@code configFile} holds; the text part may be nested in {@code
     *     text_config} or stand at the top
     * @param tensors the shape of the tensor that has a role, as it is stored, or nothing where no
     *     tensor has it. Asked for the embedding, the head, and the input norms of decoder and MTP
     *     layers
     * @throws Refusal where the config is of another family, contradicts itself or the tensors, or
     *     asks for what is not supported
     */
    public static Qwen35 read(
            Path configFile, JsonNode config, Function<Role, Optional<Shape>> tensors) {
        ConfigFields root = ConfigFields.of(configFile, config);
        checkFamily(root);
        ConfigFields text = root.object(TEXT_CONFIG).orElse(root);
        if (text == root && !root.has("hidden_size")) {
            throw root.bad(TEXT_CONFIG, "is missing");
        }
        return new Qwen35Config(root, text, tensors).model();
    }

    private static void checkFamily(ConfigFields root) {
        Optional<String> type = root.text("model_type");
        Optional<String> architecture =
                root.texts("architectures").flatMap(all -> all.stream().findFirst());
        boolean supported =
                (type.isPresent() || architecture.isPresent())
                        && type.map(MODEL_TYPES::contains).orElse(true)
                        && architecture.map(ARCHITECTURES::contains).orElse(true);
        if (!supported) {
            String found =
                    architecture
                            .or(() -> type)
                            .map(name -> "the architecture " + JsonFile.printable(name))
                            .orElse("no architecture");
            throw Refusal.notSupported(
                    root.file(),
                    "names " + found + type.map(t -> " (" + JsonFile.printable(t) + ")").orElse(""),
                    "supported are Qwen3_5ForConditionalGeneration and Qwen3_5ForCausalLM"
                            + " (qwen3_5, qwen3_5_text)");
        }
    }

    private Qwen35 model() {
        checkSupported();
        int width = text.count("hidden_size", 4096);
        int heads = text.count("num_attention_heads", 16);
        int kvHeads = text.count("num_key_value_heads", 4);
        int headDim = text.count("head_dim", 256);
        int keyHeads = text.count("linear_num_key_heads", 16);
        int valueHeads = text.count("linear_num_value_heads", 32);
        int keyDim = text.count("linear_key_head_dim", 128);
        int valueDim = text.count("linear_value_head_dim", 128);
        divides("num_key_value_heads", kvHeads, "num_attention_heads", heads);
        divides("linear_num_key_heads", keyHeads, "linear_num_value_heads", valueHeads);
        fits("num_attention_heads", 2L * heads, headDim, 0);
        fits("linear_num_value_heads", 2L * keyHeads, keyDim, (long) valueHeads * valueDim);
        List<LayerKind> kinds = kinds();
        int mtpLayers = layersShown(Scope.MTP);
        if (mtpLayers > 0 && text.flag("mtp_use_dedicated_embeddings").orElse(false)) {
            throw text.notSupported(
                    "mtp_use_dedicated_embeddings",
                    "is true, and an MTP head with an embedding of its own is not supported",
                    "convert the model without its mtp.* tensors");
        }
        RopeConfig rope = RopeConfig.read(text, headDim);
        return new Qwen35(
                vocabulary(),
                width,
                text.count("intermediate_size", 12288),
                kinds,
                heads,
                kvHeads,
                headDim,
                rope.dimensions(),
                rope.theta(),
                rope.sections(),
                keyHeads,
                valueHeads,
                keyDim,
                valueDim,
                text.count("linear_conv_kernel_dim", 4),
                epsilon(),
                text.count("max_position_embeddings", 32768),
                interval(kinds),
                tied(),
                mtpLayers,
                HeadOrder.GROUPED);
    }

    private void checkSupported() {
        text.text("model_type")
                .filter(type -> !MODEL_TYPES.contains(type))
                .ifPresent(type -> {
                    throw text.notSupported(
                            "model_type",
                            "is " + JsonFile.printable(type),
                            "supported is qwen3_5_text");
                });
        text.text("hidden_act")
                .filter(activation -> !activation.equals("silu"))
                .ifPresent(activation -> {
                    throw text.notSupported(
                            "hidden_act",
                            "is " + JsonFile.printable(activation),
                            "supported is silu");
                });
        supportedFlag("attention_bias", false);
        supportedFlag("attn_output_gate", true);
    }

    private void supportedFlag(String name, boolean supported) {
        if (text.flag(name).orElse(supported) != supported) {
            throw text.notSupported(name, "is " + !supported, "supported is " + supported);
        }
    }

    private void divides(String fewName, int few, String manyName, int many) {
        if (many % few != 0) {
            throw text.bad(manyName, "is " + many + ", no multiple of " + fewName + ", " + few);
        }
    }

    /** Throws where {@code count * size + rest}, a number of rows, would not fit an int. */
    private void fits(String name, long count, int size, long rest) {
        if (count * size > Integer.MAX_VALUE - rest || rest > Integer.MAX_VALUE) {
            throw text.bad(name, "gives a matrix of more than 2^31 - 1 rows");
        }
    }

    private double epsilon() {
        double epsilon = text.number("rms_norm_eps").orElse(1e-6);
        if (epsilon <= 0 || epsilon >= 1) {
            throw text.bad("rms_norm_eps", "is " + epsilon + ", not between 0 and 1");
        }
        return epsilon;
    }

    private List<LayerKind> kinds() {
        int layers = text.count(LAYERS, 32);
        int shown = layersShown(Scope.TEXT);
        // Before anything is sized by it, the number is held against the tensors.
        if (layers != shown) {
            throw text.bad(LAYERS, "is " + layers + ", but the weights hold " + shown + " layers");
        }
        return text.texts(LAYER_TYPES)
                .map(names -> kinds(names, layers))
                .orElseGet(() -> pattern(layers, text.count(INTERVAL, 4)));
    }

    private List<LayerKind> kinds(List<String> names, int layers) {
        if (names.size() != layers) {
            throw text.bad(
                    LAYER_TYPES,
                    "names " + names.size() + " layers, where " + LAYERS + " is " + layers);
        }
        List<LayerKind> kinds = new ArrayList<>();
        for (String name : names) {
            kinds.add(
                    switch (name) {
                        case "linear_attention" -> LayerKind.GATED_DELTA;
                        case "full_attention" -> LayerKind.GATED_ATTENTION;
                        default ->
                                throw text.notSupported(
                                        LAYER_TYPES,
                                        "names " + JsonFile.printable(name),
                                        "supported are linear_attention and full_attention");
                    });
        }
        return kinds;
    }

    private static List<LayerKind> pattern(int layers, int interval) {
        return IntStream.rangeClosed(1, layers)
                .mapToObj(
                        i -> i % interval == 0 ? LayerKind.GATED_ATTENTION : LayerKind.GATED_DELTA)
                .toList();
    }

    /**
     * The interval that the layers follow. Not simply the field: transformers ignores it beside
     * layer_types, while GGUF and MLX runtimes know nothing else.
     */
    private int interval(List<LayerKind> kinds) {
        int stated = text.count(INTERVAL, 4);
        return IntStream.concat(IntStream.of(stated), IntStream.rangeClosed(1, kinds.size() + 1))
                .filter(n -> pattern(kinds.size(), n).equals(kinds))
                .findFirst()
                .orElseThrow(() ->
                        text.notSupported(
                                LAYER_TYPES,
                                "puts full attention at no fixed interval",
                                "supported is every n-th layer"));
    }

    private int layersShown(Scope scope) {
        int n = 0;
        while (tensors.apply(new Role(scope, n, Part.INPUT_NORM)).isPresent()) {
            n++;
        }
        return n;
    }

    private int vocabulary() {
        Shape embedding =
                tensors.apply(Role.text(Part.EMBEDDING))
                        .orElseThrow(() ->
                                Refusal.badInput(
                                        text.file(),
                                        "the weights hold no token embedding",
                                        "download all of the model's weight files"));
        if (embedding.rank() != 2
                || embedding.dimension(0) < 1
                || embedding.dimension(0) > Integer.MAX_VALUE) {
            throw Refusal.badInput(
                    text.file(),
                    "the token embedding of the weights is " + embedding,
                    "a matrix with one row for each token is wanted");
        }
        return Math.toIntExact(embedding.dimension(0));
    }

    /** Tied where there is no head, unless the config denies it: then the head is missing. */
    private boolean tied() {
        if (tensors.apply(Role.text(Part.HEAD)).isPresent()) {
            return false;
        }
        Optional<Boolean> stated = text.flag(TIED).or(() -> root.flag(TIED));
        if (stated.isPresent() && !stated.get() && !root.flag(TIED).orElse(false)) {
            throw text.bad(TIED, "is false, but the weights hold no output head (lm_head.weight)");
        }
        return true;
    }
}
