package pennyweight.converter.dialect;

import pennyweight.converter.model.PatchShape;

/**
 * Moves the channels of each filter of a patch embedding from before time, row and column to behind
 * them, or back.
 *
 * @param toLast whether the target has them last
 */
public record PatchPermutation(PatchShape shape, boolean toLast) implements ColumnMap {
    @Override
    public long source(long column) {
        int channels = shape.channels();
        int places = shape.frames() * shape.area();
        return toLast
                ? column % channels * places + column / channels
                : column % places * channels + column / places;
    }

    @Override
    public int width(int width) {
        return width;
    }

    @Override
    public String label() {
        return toLast ? "channels last" : "channels first";
    }
}
