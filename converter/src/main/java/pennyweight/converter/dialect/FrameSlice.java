package pennyweight.converter.dialect;

import pennyweight.converter.model.PatchShape;

/**
 * One frame of each filter {@code [channels, time, row, column]} of a patch embedding: {@code
 * [channels, row, column]}.
 */
public record FrameSlice(PatchShape shape, int frame) implements ColumnMap {
    @Override
    public long source(long column) {
        long channel = column / shape.area();
        return (channel * shape.frames() + frame) * shape.area() + column % shape.area();
    }

    @Override
    public int width(int width) {
        return width / shape.frames();
    }

    @Override
    public String label() {
        return "frame " + frame + " of " + shape.frames();
    }
}
