package pennyweight.converter.model;

import java.util.Locale;

/**
 * The meaning of a tensor, the same in every naming world: {@code Role(TEXT, 3, ATTN_Q)}.
 *
 * @param layer the layer within the scope, or -1 of a tensor that belongs to none
 */
public record Role(Scope scope, int layer, Part part) {
    /** A tensor of the text decoder that belongs to no layer. */
    public static Role text(Part part) {
        return new Role(Scope.TEXT, -1, part);
    }

    /** A tensor of a layer of the text decoder. */
    public static Role text(int layer, Part part) {
        return new Role(Scope.TEXT, layer, part);
    }

    /** A tensor of the vision tower that belongs to no block. */
    public static Role vision(Part part) {
        return new Role(Scope.VISION, -1, part);
    }

    /** A tensor of a block of the vision tower. */
    public static Role vision(int block, Part part) {
        return new Role(Scope.VISION, block, part);
    }

    /** The role of the checkpoint's tensor that this is made of: itself, but for a piece. */
    public Role whole() {
        return part == part.whole() ? this : new Role(scope, layer, part.whole());
    }

    @Override
    public String toString() {
        String p = part.name().toLowerCase(Locale.ROOT);
        String s = scope.name().toLowerCase(Locale.ROOT);
        return layer < 0 ? s + "." + p : s + "." + layer + "." + p;
    }
}
