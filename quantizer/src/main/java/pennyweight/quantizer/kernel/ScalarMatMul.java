package pennyweight.quantizer.kernel;

/** The scalar edition of {@link MatMul}: the definition of its bits. */
final class ScalarMatMul extends MatMul {
    /** Rows summed side by side, since one sum alone waits for each of its additions. */
    private static final int ROWS = 6;

    private final float[] x;

    ScalarMatMul(float[] x, int tokens, int inner) {
        super(tokens, inner);
        this.x = x;
    }

    @Override
    void compute(float[] w, int wStride, int rows, float[] y, int yStride, int yColumn) {
        int blocked = rows - rows % ROWS;
        for (int r = 0; r < blocked; r += ROWS) {
            for (int t = 0; t < tokens; t++) {
                six(t * inner, w, r * wStride, wStride, y, t * yStride + yColumn + r);
            }
        }
        for (int r = blocked; r < rows; r++) {
            for (int t = 0; t < tokens; t++) {
                y[t * yStride + yColumn + r] = one(t * inner, w, r * wStride);
            }
        }
    }

    private float one(int xAt, float[] w, int wAt) {
        float sum = 0;
        for (int i = 0; i < inner; i++) {
            sum = Math.fma(w[wAt + i], x[xAt + i], sum);
        }
        return sum;
    }

    private void six(int xAt, float[] w, int wAt, int wStride, float[] y, int yAt) {
        float sum0 = 0;
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        float sum4 = 0;
        float sum5 = 0;
        for (int i = 0; i < inner; i++) {
            float xi = x[xAt + i];
            sum0 = Math.fma(w[wAt + i], xi, sum0);
            sum1 = Math.fma(w[wAt + wStride + i], xi, sum1);
            sum2 = Math.fma(w[wAt + 2 * wStride + i], xi, sum2);
            sum3 = Math.fma(w[wAt + 3 * wStride + i], xi, sum3);
            sum4 = Math.fma(w[wAt + 4 * wStride + i], xi, sum4);
            sum5 = Math.fma(w[wAt + 5 * wStride + i], xi, sum5);
        }
        y[yAt] = sum0;
        y[yAt + 1] = sum1;
        y[yAt + 2] = sum2;
        y[yAt + 3] = sum3;
        y[yAt + 4] = sum4;
        y[yAt + 5] = sum5;
    }
}
