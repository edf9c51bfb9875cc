package pennyweight.converter.reference;

import pennyweight.converter.model.VisionEncoder;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;

/**
 * The reference forward pass of a vision tower over weights from any source, in float32. Weights
 * are streamed, as in {@link ForwardPass}.
 *
 * <p>To be used by one thread at a time.
 */
public final class VisionPass implements VisionModel {
    private final VisionEncoder tower;
    private final Weights weights;
    private final Workers workers;

    /**
     * @param jobs worker threads; results do not depend on it
     */
    public VisionPass(VisionEncoder tower, Weights weights, int jobs) {
        this.tower = tower;
        this.weights = weights;
        this.workers = new Workers(jobs);
    }

    /**
     * Takes an image through the tower.
     *
     * @throws IllegalArgumentException if its patches are of another size, or its grid merges
     *     others than the tower does
     */
    @Override
    public ImageTokens embed(Image image) {
        if (image.grid().mergeSize() != tower.mergeSize()) {
            throw new IllegalArgumentException(
                    "patches in squares of "
                            + image.grid().mergeSize()
                            + ", where the tower merges "
                            + tower.mergeSize());
        }
        ReferenceVisionOps ops = new ReferenceVisionOps(weights, workers);
        Matrix x = tower.patches(ops, image.patches(), image.grid());
        for (int i = 0; i < tower.depth(); i++) {
            x = tower.block(ops, i, x, image.grid());
        }
        return new ImageTokens(tower.merge(ops, x), image.grid());
    }

    @Override
    public void close() {
        workers.close();
    }
}
