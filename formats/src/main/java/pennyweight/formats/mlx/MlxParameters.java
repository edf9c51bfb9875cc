package pennyweight.formats.mlx;

/**
 * How MLX quantizes a module: codes of {@code bits} bits, and a scale, in mode affine also a bias,
 * for each {@code groupSize} numbers of a row (ml-explore/mlx {@code mlx/ops.cpp}).
 */
public record MlxParameters(MlxMode mode, int bits, int groupSize) {
    public MlxParameters {
        if (!mode.bits().contains(bits) || !mode.groupSizes().contains(groupSize)) {
            throw new IllegalArgumentException(
                    mode.label() + ": " + bits + " bits in groups of " + groupSize);
        }
    }

    /** Mode affine. */
    public static MlxParameters affine(int bits, int groupSize) {
        return new MlxParameters(MlxMode.AFFINE, bits, groupSize);
    }

    /** What people call it: {@code 4-bit g64}, or the name of a mode that leaves no choice. */
    public String label() {
        return mode == MlxMode.AFFINE ? bits + "-bit g" + groupSize : mode.label();
    }

    /** Numbers in a row whose packed codes take {@code words} U32; -1 where they fit no row. */
    public long columns(long words) {
        return words * 32 % bits == 0 ? words * 32 / bits : -1;
    }
}
