package pennyweight.converter.model.qwen35;

import java.nio.file.Path;
import java.util.Optional;
import pennyweight.converter.model.ConfigFields;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import tools.jackson.databind.JsonNode;

/**
 * What the tensors of a model would show if they were there, from its config.json alone: for a plan
 * of a model whose weights have not been downloaded. Defaults are those of transformers' {@code
 * configuration_qwen3_5.py}.
 */
public final class ConfigOutline {
    /** More than any model has; a config of more is not worth the memory of a plan. */
    private static final int MOST_LAYERS = 10_000;

    private final ConfigFields root;
    private final ConfigFields text;
    private final Optional<ConfigFields> vision;

    private ConfigOutline(ConfigFields root) {
        this.root = root;
        this.text = root.object("text_config").orElse(root);
        this.vision = root.object("vision_config");
    }

    /** Of the object that {@code configFile} holds. */
    public static ConfigOutline of(Path configFile, JsonNode config) {
        return new ConfigOutline(ConfigFields.of(configFile, config));
    }

    /** Whether the decoder's fields, and so its tensors, stand apart from the vision tower's. */
    public boolean nested() {
        return text != root;
    }

    /**
     * The shape of the tensor that has a role, or nothing where the config has none: of those
     * tensors that {@link Qwen35Config} and {@link VisionConfig} ask for.
     */
    public Optional<Shape> shape(Role role) {
        Shape width = Shape.of(text.count("hidden_size", 4096));
        return switch (role.part()) {
            case EMBEDDING -> Optional.of(vocabulary());
            case HEAD -> tied() ? Optional.empty() : Optional.of(vocabulary());
            case INPUT_NORM -> role.layer() < layers(role.scope()) ? Optional.of(width) : none();
            case NORM1, PATCH ->
                    vision.filter(v -> role.layer() < layers(v, "depth", 27)).map(_ -> width);
            default -> none();
        };
    }

    private static Optional<Shape> none() {
        return Optional.empty();
    }

    private Shape vocabulary() {
        return Shape.of(text.count("vocab_size", 248_320), text.count("hidden_size", 4096));
    }

    private boolean tied() {
        return text.flag("tie_word_embeddings").orElse(false)
                || root.flag("tie_word_embeddings").orElse(false);
    }

    private int layers(Scope scope) {
        return scope == Scope.MTP
                ? text.whole("mtp_num_hidden_layers").orElse(0)
                : layers(text, "num_hidden_layers", 32);
    }

    private static int layers(ConfigFields fields, String name, int absent) {
        int layers = fields.count(name, absent);
        if (layers > MOST_LAYERS) {
            throw fields.bad(name, "is " + layers + ", more than any model has");
        }
        return layers;
    }

    /**
     * The type that a tensor would be stored in: {@code dtype}, but for the parts of the delta net
     * that published checkpoints keep in {@code mamba_ssm_dtype}.
     */
    public DType dtype(Role role) {
        DType own =
                type(text, "dtype")
                        .or(() -> type(root, "dtype"))
                        .or(() -> type(root, "torch_dtype"))
                        .orElse(DType.BF16);
        return role.part() == Part.DELTA_DECAY || role.part() == Part.DELTA_NORM
                ? type(text, "mamba_ssm_dtype").orElse(own)
                : own;
    }

    private static Optional<DType> type(ConfigFields fields, String name) {
        return fields.text(name)
                .map(type ->
                        switch (type) {
                            case "bfloat16" -> DType.BF16;
                            case "float16" -> DType.F16;
                            case "float32" -> DType.F32;
                            default ->
                                    throw fields.notSupported(
                                            name,
                                            "is " + type,
                                            "supported are bfloat16, float16 and float32");
                        });
    }
}
