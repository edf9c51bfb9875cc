package pennyweight.converter.model;

/**
 * A filter of a patch embedding.
 *
 * @param frames of one patch: images of a video that are embedded together
 * @param area numbers of one channel in one frame
 */
public record PatchShape(int channels, int frames, int area) {
    /** Numbers of a filter. */
    public int size() {
        return channels * frames * area;
    }
}
