package pennyweight.converter.model.qwen35;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import pennyweight.converter.model.ConfigFields;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * Reads the vision tower of a Qwen3.5 model from {@code vision_config} in the config.json of a
 * Hugging Face or MLX folder. Fields that are left out have the defaults of transformers' {@code
 * configuration_qwen3_5.py}.
 */
public final class VisionConfig {
    private static final String FIELD = "vision_config";
    private static final String ACTIVATION = "gelu_pytorch_tanh";

    private VisionConfig() {}

    /**
     * The tower that {@code config} and the tensors describe; nothing where one of them has none.
     *
     * @param config the object that {@code configFile} holds
     * @param textWidth width of the decoder, which the tower's output must have
     * @param tensors the shape of the tensor that has a role, as it is stored, or nothing where no
     *     tensor has it. Asked for the patch embedding and the first norms of blocks
     * @throws Refusal where the config contradicts itself or the tensors, or asks for what is not
     *     supported
     */
    public static Optional<VisionTower> read(
            Path configFile,
            JsonNode config,
            int textWidth,
            Function<Role, Optional<Shape>> tensors) {
        Optional<ConfigFields> vision = ConfigFields.of(configFile, config).object(FIELD);
        int blocks = 0;
        while (tensors.apply(Role.vision(blocks, Part.NORM1)).isPresent()) {
            blocks++;
        }
        boolean shown = blocks > 0 || tensors.apply(Role.vision(Part.PATCH)).isPresent();
        if (vision.isEmpty() || !shown) {
            return Optional.empty();
        }
        return Optional.of(tower(vision.get(), textWidth, blocks));
    }

    private static VisionTower tower(ConfigFields vision, int textWidth, int blocks) {
        vision.text("hidden_act")
                .filter(activation -> !activation.equals(ACTIVATION))
                .ifPresent(activation -> {
                    throw vision.notSupported(
                            "hidden_act",
                            "is " + JsonFile.printable(activation),
                            "supported is " + ACTIVATION);
                });
        if (vision.length("deepstack_visual_indexes") > 0) {
            throw vision.notSupported(
                    "deepstack_visual_indexes",
                    "is not empty",
                    "no model of this family feeds several depths of the tower to the decoder");
        }
        int depth = vision.count("depth", 27);
        // Before anything is sized by it, the number is held against the tensors.
        if (depth != blocks) {
            throw vision.bad("depth", "is " + depth + ", but the weights hold " + blocks);
        }
        int width = vision.count("hidden_size", 1152);
        int heads = vision.count("num_heads", 16);
        // Rotary positions turn pairs of rows and pairs of columns.
        if (width % heads != 0 || width / heads % 4 != 0) {
            throw vision.bad(
                    "hidden_size",
                    "is "
                            + width
                            + ", which gives no heads of a multiple of 4: num_heads is "
                            + heads);
        }
        int patch = vision.count("patch_size", 16);
        int frames = vision.count("temporal_patch_size", 2);
        int channels = vision.count("in_channels", 3);
        int mergeSize = vision.count("spatial_merge_size", 2);
        fits(vision, "patch_size", patch, patch, frames, channels);
        fits(vision, "spatial_merge_size", mergeSize, mergeSize, width);
        int positions = vision.count("num_position_embeddings", 2304);
        int side = (int) Math.sqrt(positions);
        if (side * side != positions) {
            throw vision.bad(
                    "num_position_embeddings", "is " + positions + ", which is no square grid");
        }
        int outWidth = vision.count("out_hidden_size", 3584);
        if (outWidth != textWidth) {
            throw vision.bad(
                    "out_hidden_size",
                    "is " + outWidth + ", where the decoder's width is " + textWidth);
        }
        return new VisionTower(
                depth,
                width,
                heads,
                vision.count("intermediate_size", 4304),
                patch,
                frames,
                mergeSize,
                positions,
                channels,
                outWidth);
    }

    /** Throws where the product, the length of a row, would not fit an int. */
    private static void fits(ConfigFields vision, String name, int... factors) {
        long product = 1;
        for (int factor : factors) {
            product *= factor;
            if (product > Integer.MAX_VALUE) {
                throw vision.bad(name, "gives rows of more than 2^31 - 1 numbers");
            }
        }
    }
}
