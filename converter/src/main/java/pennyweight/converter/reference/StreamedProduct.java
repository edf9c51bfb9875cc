package pennyweight.converter.reference;

import pennyweight.converter.model.Role;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;

/**
 * Multiplies activations by a weight of any size: rows are decoded in chunks, multiplied and
 * dropped. Memory is one chunk a worker.
 */
final class StreamedProduct {
    private static final int CHUNK_FLOATS = 1 << 18;

    /** Chunks a worker should get at least, so that none waits long for the last. */
    private static final int CHUNKS_PER_WORKER = 4;

    /** Chunks are whole blocks of the kernel's rows where they can be. */
    private static final int ROW_MULTIPLE = 96;

    private final Weights weights;
    private final Workers workers;
    private final float[][] chunks;

    StreamedProduct(Weights weights, Workers workers) {
        this.weights = weights;
        this.workers = workers;
        this.chunks = new float[workers.jobs()][0];
    }

    /**
     * Writes {@code y[t * count + r]}, the product with rows {@code [first, first + count)} of a
     * weight.
     */
    void multiply(Role weight, Matrix x, long first, int count, float[] y) {
        int inner = weights.columns(weight);
        if (inner != x.width()) {
            throw new IllegalArgumentException(
                    weight + " takes " + inner + " numbers, not " + x.width());
        }
        int rows = chunkRows(count, inner);
        x.product();
        workers.forEach(
                Math.ceilDiv(count, rows),
                (worker, piece) -> {
                    int from = piece * rows;
                    int n = Math.min(rows, count - from);
                    float[] chunk = chunk(worker, n * inner);
                    weights.read(weight, first + from, n, chunk);
                    x.product().multiply(chunk, n, y, count, from);
                });
    }

    private int chunkRows(int count, int inner) {
        int fit = Math.max(1, CHUNK_FLOATS / Math.max(1, inner));
        int share = Math.ceilDiv(count, workers.jobs() * CHUNKS_PER_WORKER);
        int rows = Math.max(1, Math.min(fit, share));
        return rows < ROW_MULTIPLE ? rows : rows / ROW_MULTIPLE * ROW_MULTIPLE;
    }

    private float[] chunk(int worker, int length) {
        if (chunks[worker].length < length) {
            chunks[worker] = new float[length];
        }
        return chunks[worker];
    }
}
