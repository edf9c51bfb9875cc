package pennyweight.formats.mlx;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The modes of MLX's {@code quantize} and what each takes (ml-explore/mlx {@code mlx/ops.cpp},
 * quantization_params_from_mode and validate_quantized_input).
 */
public enum MlxMode {
    /** Codes with a scale and a bias a group. */
    AFFINE,
    /** Microscaling: 4-bit floats e2m1, a scale e8m0 a group. */
    MXFP4,
    /** Microscaling: 8-bit floats e4m3, a scale e8m0 a group. */
    MXFP8,
    /** 4-bit floats e2m1, a scale e4m3 a group. */
    NVFP4;

    /** The mode that config.json calls {@code name}. */
    public static Optional<MlxMode> named(String name) {
        return Arrays.stream(values()).filter(m -> m.label().equals(name)).findFirst();
    }

    /** The mode's name in config.json. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Bits of a code to choose from. */
    public List<Integer> bits() {
        return switch (this) {
            case AFFINE -> List.of(2, 3, 4, 5, 6, 8);
            case MXFP4, NVFP4 -> List.of(4);
            case MXFP8 -> List.of(8);
        };
    }

    /** Numbers of a group to choose from. */
    public List<Integer> groupSizes() {
        return switch (this) {
            case AFFINE -> List.of(32, 64, 128);
            case MXFP4, MXFP8 -> List.of(32);
            case NVFP4 -> List.of(16);
        };
    }

    /** What MLX takes where bits and group size are left out. */
    public MlxParameters usual() {
        return this == AFFINE
                ? MlxParameters.affine(4, 64)
                : new MlxParameters(this, bits().getFirst(), groupSizes().getFirst());
    }
}
