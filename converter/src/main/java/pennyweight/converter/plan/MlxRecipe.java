package pennyweight.converter.plan;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import pennyweight.converter.model.Role;

/**
 * MLX's mixed recipes: more bits for the matrices that need them (ml-explore/mlx-lm {@code
 * mlx_lm/convert.py} and Blaizzy/mlx-vlm {@code mlx_vlm/convert.py}, both {@code
 * mixed_quant_predicate_builder}).
 */
public enum MlxRecipe {
    MIXED_2_6(2, 6),
    MIXED_3_4(3, 4),
    MIXED_3_6(3, 6),
    MIXED_4_6(4, 6);

    private final int low;
    private final int high;

    MlxRecipe(int low, int high) {
        this.low = low;
        this.high = high;
    }

    /** The recipe of this name: {@code mixed_4_6}. */
    public static Optional<MlxRecipe> named(String name) {
        return Arrays.stream(values()).filter(r -> r.label().equals(name)).findFirst();
    }

    /** The recipe's name. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The bits of most matrices. */
    public int low() {
        return low;
    }

    /**
     * The bits of a matrix of the text decoder.
     *
     * @param layers of the decoder
     * @param multimodal whether the tower is in the folder: mlx-vlm, which writes such folders,
     *     gives the embedding more bits, mlx-lm does not even where it is the output head too
     */
    public int bits(Role role, int layers, boolean multimodal) {
        boolean more =
                switch (role.part()) {
                    case HEAD -> true;
                    case EMBEDDING -> multimodal;
                    case ATTN_V, MLP_DOWN -> getsMore(role.layer(), layers);
                    default -> false;
                };
        return more ? high : low;
    }

    /** The first and the last eighth of the layers, and every third between. */
    private static boolean getsMore(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }
}
