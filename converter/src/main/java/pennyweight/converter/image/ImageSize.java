package pennyweight.converter.image;

/**
 * The size that an image is brought to before it is cut into patches (transformers {@code
 * smart_resize} of {@code image_processing_qwen2_vl.py}).
 */
public record ImageSize(int height, int width) {
    /** The largest side over the smallest. */
    private static final int MAX_RATIO = 200;

    /**
     * The sizes that are allowed.
     *
     * @param factor both sides are multiples of it: the patch's side times the merged patches'
     * @param minPixels least area; {@code maxPixels} the largest. The preprocessor's config calls
     *     them {@code shortest_edge} and {@code longest_edge}
     */
    public record Limits(int factor, long minPixels, long maxPixels) {
        /** Those of the small Qwen3.5 models. */
        public static final Limits QWEN35 = new Limits(32, 1 << 16, 1 << 24);
    }

    public ImageSize {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("an image of " + height + " x " + width);
        }
    }

    /**
     * The allowed size nearest to this one: each side rounded to a multiple of the factor, halves
     * to even; where the area is out of limits the image is scaled to fit, sides rounded down to
     * shrink and up to grow.
     *
     * @throws IllegalArgumentException if one side is more than 200 times the other
     */
    public ImageSize fitted(Limits limits) {
        if ((double) Math.max(height, width) / Math.min(height, width) > MAX_RATIO) {
            throw new IllegalArgumentException(
                    height + " x " + width + ": one side is over 200 times the other");
        }
        double factor = limits.factor;
        double area = (double) height * width;
        double h = Math.rint(height / factor) * factor;
        double w = Math.rint(width / factor) * factor;
        if (h * w > limits.maxPixels) {
            double scale = Math.sqrt(area / limits.maxPixels);
            h = Math.max(factor, Math.floor(height / scale / factor) * factor);
            w = Math.max(factor, Math.floor(width / scale / factor) * factor);
        } else if (h * w < limits.minPixels) {
            double scale = Math.sqrt(limits.minPixels / area);
            h = Math.ceil(height * scale / factor) * factor;
            w = Math.ceil(width * scale / factor) * factor;
        }
        return new ImageSize((int) h, (int) w);
    }
}
