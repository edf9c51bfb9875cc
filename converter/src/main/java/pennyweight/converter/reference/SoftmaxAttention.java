package pennyweight.converter.reference;

import java.util.function.IntUnaryOperator;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.work.Workers;
import pennyweight.quantizer.kernel.MatMul;

/**
 * Softmax attention over keys and values that are there already.
 *
 * @param visible how many of them, from the first on, the query with this number sees; no fewer
 *     than the query before it
 */
record SoftmaxAttention(KvCache cache, AttentionShape shape, IntUnaryOperator visible) {
    /** Queries that are one piece of work. */
    private static final int BLOCK = 32;

    /**
     * Attention of all queries {@code [tokens, heads * headDim]}, written to rows of {@code y} from
     * {@code row} on.
     */
    void apply(Matrix queries, Matrix y, int row, Workers workers) {
        int blocks = Math.ceilDiv(queries.tokens(), BLOCK);
        workers.forEach(
                shape.kvHeads() * blocks,
                (worker, piece) -> {
                    int first = piece / shape.kvHeads() * BLOCK;
                    int count = Math.min(BLOCK, queries.tokens() - first);
                    attend(queries, first, count, piece % shape.kvHeads(), y, row);
                });
    }

    /** Attention of some queries, in the heads that share a key/value head. */
    private void attend(Matrix q, int first, int count, int kvHead, Matrix y, int row) {
        int headDim = shape.headDim();
        int group = shape.heads() / shape.kvHeads();
        int length = visible.applyAsInt(first + count - 1);
        int n = count * group;
        float[] own = new float[n * headDim];
        q.copyColumns(first, count, kvHead * group * headDim, group * headDim, own);
        float[] scores = new float[Math.multiplyExact(n, length)];
        MatMul.of(own, n, headDim).multiply(cache.keys(kvHead), length, scores, length, 0);
        double scale = 1 / Math.sqrt(headDim);
        for (int i = 0; i < n; i++) {
            // The zeros left for what is not seen add nothing.
            softmax(scores, i * length, visible.applyAsInt(first + i / group), length, scale);
        }
        MatMul.of(scores, n, length)
                .multiply(cache.values(kvHead), cache.capacity(), headDim, own, headDim, 0);
        int width = group * headDim;
        for (int t = 0; t < count; t++) {
            System.arraycopy(
                    own,
                    t * width,
                    y.values(),
                    (row + first + t) * y.width() + kvHead * width,
                    width);
        }
    }

    private static void softmax(float[] scores, int at, int visible, int length, double scale) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < visible; i++) {
            max = Math.max(max, scores[at + i]);
        }
        double[] e = new double[visible];
        double sum = 0;
        for (int i = 0; i < visible; i++) {
            e[i] = StrictMath.exp(((double) scores[at + i] - max) * scale);
            sum += e[i];
        }
        for (int i = 0; i < visible; i++) {
            scores[at + i] = (float) (e[i] / sum);
        }
        for (int i = visible; i < length; i++) {
            scores[at + i] = 0;
        }
    }
}
