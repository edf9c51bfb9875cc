package pennyweight.formats.mlx;

import java.util.Set;

/**
 * How MLX's affine mode quantizes a module: codes of {@code bits} bits, and a scale and a bias for
 * each {@code groupSize} numbers of a row (ml-explore/mlx {@code mlx/ops.cpp}, affine_quantize).
 */
public record AffineParameters(int bits, int groupSize) {
    static final Set<Integer> BITS = Set.of(2, 3, 4, 5, 6, 8);
    static final Set<Integer> GROUP_SIZES = Set.of(32, 64, 128);

    /** What MLX takes where a module's own entry leaves the fields out. */
    static final AffineParameters DEFAULT = new AffineParameters(4, 64);

    public AffineParameters {
        if (!BITS.contains(bits) || !GROUP_SIZES.contains(groupSize)) {
            throw new IllegalArgumentException(bits + " bits in groups of " + groupSize);
        }
    }

    /** Numbers in a row whose packed codes take {@code words} U32; -1 where they fit no row. */
    public long columns(long words) {
        return words * 32 % bits == 0 ? words * 32 / bits : -1;
    }
}
