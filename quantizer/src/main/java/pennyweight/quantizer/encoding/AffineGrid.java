package pennyweight.quantizer.encoding;

/**
 * What ggml's affine searches try: codes {@code 0..top} of sub-blocks of {@code size} numbers, with
 * the inverse scales {@code (first + step * i + top) / range} for {@code i = 0..last}.
 *
 * @param absolute whether the errors of a candidate are summed as magnitudes, not as squares
 */
record AffineGrid(int size, int top, float first, float step, int last, boolean absolute) {
    /** The grid of every search that is weighted by importance. */
    static AffineGrid weighted(int size, int top) {
        return new AffineGrid(size, top, -0.9f, 0.05f, 36, false);
    }

    /** The numerator of candidate {@code i}. */
    float numerator(int i) {
        return first + step * i + top;
    }
}
