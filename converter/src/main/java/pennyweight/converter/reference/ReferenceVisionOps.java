package pennyweight.converter.reference;

import java.util.List;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.PatchGrid;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.VisionOps;
import pennyweight.converter.model.Weights;
import pennyweight.converter.work.Workers;

/**
 * The operations of a vision tower in float32, on weights from any source, with the promises of
 * {@link ReferenceOps}: bits depend on weights and pixels alone. Norms, softmax and activations are
 * computed in double.
 *
 * <p>To be used by one thread at a time.
 */
public final class ReferenceVisionOps implements VisionOps<Matrix> {
    private static final double TANH_SCALE = Math.sqrt(2 / Math.PI);
    private static final double TANH_CUBE = 0.044715;

    private final Weights weights;
    private final Workers workers;
    private final StreamedProduct products;
    private final RowWork work;

    public ReferenceVisionOps(Weights weights, Workers workers) {
        this.weights = weights;
        this.workers = workers;
        this.products = new StreamedProduct(weights, workers);
        this.work = new RowWork(workers);
    }

    @Override
    public Matrix linear(Role weight, Role bias, Matrix x) {
        int rows = Math.toIntExact(weights.rows(weight));
        Matrix y = Matrix.zeros(x.tokens(), rows);
        products.multiply(weight, x, 0, rows, y.values());
        float[] b = weights.read(bias);
        return work.elements(y, (in, i) -> in[i] + b[i % rows]);
    }

    @Override
    public Matrix layerNorm(Role weight, Role bias, Matrix x, double epsilon) {
        float[] w = weights.read(weight);
        float[] b = weights.read(bias);
        int width = x.width();
        return work.groups(
                x,
                width,
                (in, at, out) -> {
                    double sum = 0;
                    for (int i = 0; i < width; i++) {
                        sum += in[at + i];
                    }
                    double mean = sum / width;
                    double squares = 0;
                    for (int i = 0; i < width; i++) {
                        double d = in[at + i] - mean;
                        squares += d * d;
                    }
                    double r = 1 / Math.sqrt(squares / width + epsilon);
                    for (int i = 0; i < width; i++) {
                        out[at + i] = (float) ((in[at + i] - mean) * r * w[i] + b[i]);
                    }
                });
    }

    @Override
    public Matrix positions(Role table, PatchGrid grid) {
        int side = (int) Math.sqrt((double) weights.rows(table));
        int width = weights.columns(table);
        Axis rows = Axis.of(grid.rows(), side);
        Axis columns = Axis.of(grid.columns(), side);
        Matrix y = Matrix.zeros(grid.patches(), width);
        float[] row = new float[width];
        for (int p = 0; p < grid.patches(); p++) {
            int r = grid.row(p);
            int c = grid.column(p);
            for (int corner = 0; corner < 4; corner++) {
                int below = corner / 2;
                int right = corner % 2;
                float share = rows.share(r, below) * columns.share(c, right);
                weights.read(
                        table, (long) rows.tap(r, below) * side + columns.tap(c, right), 1, row);
                for (int i = 0; i < width; i++) {
                    y.values()[p * width + i] += row[i] * share;
                }
            }
        }
        return y;
    }

    /**
     * Where the patches of an axis fall on the learned positions, in float32 as transformers
     * computes it ({@code vision_utils.py}).
     */
    private record Axis(int patches, int side) {
        static Axis of(int patches, int side) {
            return new Axis(patches, side);
        }

        private float place(int patch) {
            return (float) patch * (side - 1) / Math.max(1, patches - 1);
        }

        /** The position below ({@code next} 0) or above ({@code next} 1) a patch's place. */
        int tap(int patch, int next) {
            return Math.min(side - 1, (int) place(patch) + next);
        }

        /** How much of that position the patch gets. */
        float share(int patch, int next) {
            float place = place(patch);
            return 1 - Math.abs(place - (int) place - next);
        }
    }

    @Override
    public Matrix rope(Matrix x, int heads, double theta, PatchGrid grid) {
        int headDim = x.width() / heads;
        int half = headDim / 2;
        float[] frequencies = ReferenceOps.frequencies(theta, half);
        return work.rows(
                x,
                x.width(),
                (in, p, out) -> {
                    int at = p * x.width();
                    for (int i = 0; i < half; i++) {
                        int place = i < half / 2 ? grid.row(p) : grid.column(p);
                        float angle = place * frequencies[i % (half / 2)];
                        float cos = (float) StrictMath.cos(angle);
                        float sin = (float) StrictMath.sin(angle);
                        for (int h = 0; h < heads; h++) {
                            int a = at + h * headDim + i;
                            int b = a + half;
                            out[a] = in[a] * cos - in[b] * sin;
                            out[b] = in[b] * cos + in[a] * sin;
                        }
                    }
                });
    }

    @Override
    public Matrix attention(Matrix q, Matrix k, Matrix v, int heads, PatchGrid grid) {
        Matrix y = Matrix.zeros(q.tokens(), q.width());
        AttentionShape shape = new AttentionShape(heads, heads, q.width() / heads);
        int patches = grid.framePatches();
        for (int first = 0; first < q.tokens(); first += patches) {
            KvCache frame = new KvCache(heads, shape.headDim());
            frame.append(k.slice(first, patches), v.slice(first, patches));
            new SoftmaxAttention(frame, shape, t -> patches)
                    .apply(q.slice(first, patches), y, first, workers);
        }
        return y;
    }

    @Override
    public Matrix gelu(Matrix x) {
        return work.elements(x, (in, i) -> geluOf(in[i]));
    }

    static float geluOf(float x) {
        return (float) (x * NormalDistribution.probability(x));
    }

    @Override
    public Matrix geluTanh(Matrix x) {
        return work.elements(x, (in, i) -> geluTanhOf(in[i]));
    }

    static float geluTanhOf(float x) {
        double inner = TANH_SCALE * (x + TANH_CUBE * x * x * x);
        return (float) (0.5 * x * (1 + StrictMath.tanh(inner)));
    }

    @Override
    public Matrix add(Matrix a, Matrix b) {
        return work.pairs(a, b, Float::sum);
    }

    @Override
    public List<Matrix> split(Matrix x, int... widths) {
        return x.splitHeads(1, widths);
    }

    @Override
    public Matrix join(Matrix x, int count) {
        if (x.tokens() % count != 0) {
            throw new IllegalArgumentException(x.tokens() + " rows in pieces of " + count);
        }
        return new Matrix(x.tokens() / count, Math.multiplyExact(x.width(), count), x.values());
    }
}
