package pennyweight.converter.verify.onnx;

import java.util.Arrays;
import java.util.Objects;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.work.Workers;
import pennyweight.quantizer.kernel.MatMul;

/**
 * A product of activations with a weight that is streamed past them: computed for some of the
 * weight's rows at a time, so that logits over a large vocabulary never stand in memory whole.
 */
final class Product implements Logits {
    private static final int CHUNK_FLOATS = 1 << 18;

    private final float[] x;
    private final int tokens;
    private final RowSource weight;
    private final Workers workers;
    private final MatMul product;

    /**
     * @param x activations {@code [tokens, weight.columns()]}
     */
    Product(float[] x, int tokens, RowSource weight, Workers workers) {
        this.x = x;
        this.tokens = tokens;
        this.weight = weight;
        this.workers = workers;
        this.product = MatMul.of(x, tokens, weight.columns());
    }

    @Override
    public int tokens() {
        return tokens;
    }

    @Override
    public int vocabulary() {
        return weight.rows();
    }

    @Override
    public void columns(int first, int count, float[] target) {
        Objects.checkFromIndexSize(first, count, weight.rows());
        int inner = weight.columns();
        int fit = Math.max(1, CHUNK_FLOATS / Math.max(1, inner));
        int rows = Math.max(1, Math.min(fit, Math.ceilDiv(count, workers.jobs())));
        workers.forEach(
                Math.ceilDiv(count, rows),
                (worker, piece) -> {
                    int from = piece * rows;
                    int n = Math.min(rows, count - from);
                    float[] chunk = new float[n * inner];
                    weight.read(first + from, n, chunk);
                    product.multiply(chunk, n, target, count, from);
                });
    }

    @Override
    public Logits token(int t) {
        Objects.checkIndex(t, tokens);
        int inner = weight.columns();
        return new Product(Arrays.copyOfRange(x, t * inner, (t + 1) * inner), 1, weight, workers);
    }
}
