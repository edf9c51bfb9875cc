package pennyweight.converter.model.qwen35;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.PatchGrid;
import pennyweight.converter.model.PatchShape;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.VisionEncoder;
import pennyweight.converter.model.VisionOps;
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
        implements VisionEncoder {
    private static final double EPSILON = 1e-6;

    /** Rotary positions of rows and columns; no config has it. */
    private static final double THETA = 10_000;

    /** Width of the patches that become one token. */
    public int mergedWidth() {
        return width * mergeSize * mergeSize;
    }

    @Override
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
        return role.part().whole() == Part.PATCH ? Optional.of(patchShape()) : Optional.empty();
    }

    @Override
    public PatchShape patchShape() {
        return new PatchShape(channels, temporalPatch, patch * patch);
    }

    @Override
    public <T> T patches(VisionOps<T> ops, T pixels, PatchGrid grid) {
        T x = ops.linear(Role.vision(Part.PATCH), Role.vision(Part.PATCH_BIAS), pixels);
        return ops.add(x, ops.positions(Role.vision(Part.POSITIONS), grid));
    }

    @Override
    public <T> T block(VisionOps<T> ops, int block, T x, PatchGrid grid) {
        T normed = norm(ops, block, Part.NORM1, Part.NORM1_BIAS, x);
        List<T> qkv =
                ops.split(linear(ops, block, Part.QKV, Part.QKV_BIAS, normed), width, width, width);
        T seen =
                ops.attention(
                        ops.rope(qkv.get(0), heads, THETA, grid),
                        ops.rope(qkv.get(1), heads, THETA, grid),
                        qkv.get(2),
                        heads,
                        grid);
        T residual = ops.add(x, linear(ops, block, Part.PROJ, Part.PROJ_BIAS, seen));
        T mlpIn = norm(ops, block, Part.NORM2, Part.NORM2_BIAS, residual);
        T inner = ops.geluTanh(linear(ops, block, Part.FC1, Part.FC1_BIAS, mlpIn));
        return ops.add(residual, linear(ops, block, Part.FC2, Part.FC2_BIAS, inner));
    }

    /** Unlike the blocks, the merger has the exact GELU. */
    @Override
    public <T> T merge(VisionOps<T> ops, T x) {
        T squares =
                ops.join(
                        norm(ops, -1, Part.MERGER_NORM, Part.MERGER_NORM_BIAS, x),
                        mergeSize * mergeSize);
        T inner = ops.gelu(linear(ops, -1, Part.MERGER_FC1, Part.MERGER_FC1_BIAS, squares));
        return linear(ops, -1, Part.MERGER_FC2, Part.MERGER_FC2_BIAS, inner);
    }

    private static <T> T linear(VisionOps<T> ops, int block, Part weight, Part bias, T x) {
        return ops.linear(Role.vision(block, weight), Role.vision(block, bias), x);
    }

    private static <T> T norm(VisionOps<T> ops, int block, Part weight, Part bias, T x) {
        return ops.layerNorm(Role.vision(block, weight), Role.vision(block, bias), x, EPSILON);
    }
}
