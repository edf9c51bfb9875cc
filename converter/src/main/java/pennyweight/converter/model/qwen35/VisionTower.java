package pennyweight.converter.model.qwen35;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.PatchShape;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorAxes;
import pennyweight.converter.model.TensorSpec;
import pennyweight.formats.Shape;

/**
 * The vision tower of Qwen3.5 with its merger (huggingface/transformers {@code
 * models/qwen3_5/modeling_qwen3_5.py}, {@code Qwen3_5VisionModel}): what turns patches of an image
 * into embeddings of the decoder.
 *
 * @param depth number of blocks
 * @param patch rows, and columns, of a patch in pixels
 * @param temporalPatch frames of a patch
 * @param mergeSize rows, and columns, of the patches that become one token
 * @param positions learned ones: a square grid
 * @param outWidth the decoder's width
 */
public record VisionTower(
        int depth,
        int width,
        int heads,
        int intermediate,
        int patch,
        int temporalPatch,
        int mergeSize,
        int positions,
        int channels,
        int outWidth)
        implements TensorAxes {
    /** Width of the patches that become one token. */
    public int mergedWidth() {
        return width * mergeSize * mergeSize;
    }

    /** Every tensor of the tower, in shapes as Hugging Face has them. */
    public List<TensorSpec> tensors() {
        List<TensorSpec> all = new ArrayList<>();
        add(all, -1, Part.PATCH, width, channels, temporalPatch, patch, patch);
        add(all, -1, Part.PATCH_BIAS, width);
        add(all, -1, Part.POSITIONS, positions, width);
        for (int i = 0; i < depth; i++) {
            add(all, i, Part.NORM1, width);
            add(all, i, Part.NORM1_BIAS, width);
            add(all, i, Part.NORM2, width);
            add(all, i, Part.NORM2_BIAS, width);
            add(all, i, Part.QKV, 3L * width, width);
            add(all, i, Part.QKV_BIAS, 3L * width);
            add(all, i, Part.PROJ, width, width);
            add(all, i, Part.PROJ_BIAS, width);
            add(all, i, Part.FC1, intermediate, width);
            add(all, i, Part.FC1_BIAS, intermediate);
            add(all, i, Part.FC2, width, intermediate);
            add(all, i, Part.FC2_BIAS, width);
        }
        add(all, -1, Part.MERGER_NORM, width);
        add(all, -1, Part.MERGER_NORM_BIAS, width);
        add(all, -1, Part.MERGER_FC1, mergedWidth(), mergedWidth());
        add(all, -1, Part.MERGER_FC1_BIAS, mergedWidth());
        add(all, -1, Part.MERGER_FC2, outWidth, mergedWidth());
        add(all, -1, Part.MERGER_FC2_BIAS, outWidth);
        return List.copyOf(all);
    }

    private static void add(List<TensorSpec> all, int block, Part part, long... dimensions) {
        all.add(new TensorSpec(Role.vision(block, part), Shape.of(dimensions)));
    }

    @Override
    public Optional<PatchShape> patch(Role role) {
        return role.part().whole() == Part.PATCH
                ? Optional.of(new PatchShape(channels, temporalPatch, patch * patch))
                : Optional.empty();
    }
}
