package pennyweight.converter.model;

import java.util.Arrays;
import java.util.List;

/**
 * Where each of some consecutive tokens stands on the three axes of multimodal positions
 * (transformers {@code get_rope_index}). A text token stands at the next free position on all of
 * them. The tokens of an image stand at the next free position in time, and as many further on in
 * height and width as their row and column; the position after the largest of them is free next.
 */
public final class TokenPositions {
    private final int[] time;
    private final int[] height;
    private final int[] width;
    private final int first;
    private int next;

    private TokenPositions(int tokens, int first) {
        this.time = new int[tokens];
        this.height = new int[tokens];
        this.width = new int[tokens];
        this.first = first;
        this.next = first;
    }

    /**
     * Positions of a text.
     *
     * @param first position of its first token
     */
    public static TokenPositions text(int tokens, int first) {
        TokenPositions all = new TokenPositions(tokens, first);
        for (int t = 0; t < tokens; t++) {
            all.text(t);
        }
        return all;
    }

    /**
     * Positions of a text with images.
     *
     * @param imageToken the id that stands where an image's embedding goes
     * @param images the images' grids, in order
     * @param first position of the first token
     * @throws IllegalArgumentException if the places are not exactly those that the images fill, or
     *     an image is a video, whose frames are to be given one by one
     */
    public static TokenPositions of(int[] ids, int imageToken, List<PatchGrid> images, int first) {
        long wanted = images.stream().mapToLong(PatchGrid::tokens).sum();
        long places = Arrays.stream(ids).filter(id -> id == imageToken).count();
        if (places != wanted) {
            throw new IllegalArgumentException(
                    places + " places for images of " + wanted + " tokens");
        }
        TokenPositions all = new TokenPositions(ids.length, first);
        int image = 0;
        int t = 0;
        while (t < ids.length) {
            if (ids[t] == imageToken) {
                PatchGrid grid = images.get(image++);
                all.image(t, grid, ids, imageToken);
                t += grid.tokens();
            } else {
                all.text(t++);
            }
        }
        return all;
    }

    private void text(int token) {
        time[token] = next;
        height[token] = next;
        width[token] = next;
        next++;
    }

    private void image(int start, PatchGrid grid, int[] ids, int imageToken) {
        if (grid.frames() != 1) {
            throw new IllegalArgumentException("an image of " + grid.frames() + " frames");
        }
        int columns = grid.columns() / grid.mergeSize();
        for (int i = 0; i < grid.tokens(); i++) {
            if (start + i >= ids.length || ids[start + i] != imageToken) {
                throw new IllegalArgumentException(
                        i + " places in a row for an image of " + grid.tokens() + " tokens");
            }
            time[start + i] = next;
            height[start + i] = next + i / columns;
            width[start + i] = next + i % columns;
        }
        next += Math.max(grid.rows(), grid.columns()) / grid.mergeSize();
    }

    public int tokens() {
        return time.length;
    }

    public int get(Rotary.Axis axis, int token) {
        return switch (axis) {
            case TIME -> time[token];
            case HEIGHT -> height[token];
            case WIDTH -> width[token];
        };
    }

    /** The position of the token that follows. */
    public int next() {
        return next;
    }

    /**
     * How much further on than its own number, counted from these tokens' first position on, the
     * token that follows stands: 0 or less ({@code rope_delta} of transformers).
     */
    public int delta() {
        return next - first - tokens();
    }
}
