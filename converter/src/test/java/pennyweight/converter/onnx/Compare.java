package pennyweight.converter.onnx;

/** How far logits [tokens, vocabulary] are from others. */
final class Compare {
    private Compare() {}

    static float maxError(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new AssertionError(a.length + " and " + b.length + " logits");
        }
        float max = 0;
        for (int i = 0; i < a.length; i++) {
            float d = Math.abs(a[i] - b[i]);
            // Also true of NaN.
            if (!(d <= max)) {
                max = Float.isNaN(d) ? Float.POSITIVE_INFINITY : d;
            }
        }
        return max;
    }

    /** Mean over the tokens of the Kullback-Leibler divergence of {@code b} from {@code a}. */
    static double divergence(float[] a, float[] b, int vocabulary) {
        if (a.length != b.length) {
            throw new AssertionError(a.length + " and " + b.length + " logits");
        }
        double sum = 0;
        int tokens = a.length / vocabulary;
        for (int t = 0; t < tokens; t++) {
            double la = logSum(a, t * vocabulary, vocabulary);
            double lb = logSum(b, t * vocabulary, vocabulary);
            for (int i = t * vocabulary; i < (t + 1) * vocabulary; i++) {
                double p = a[i] - la;
                sum += Math.exp(p) * (p - (b[i] - lb));
            }
        }
        return sum / tokens;
    }

    private static double logSum(float[] x, int at, int n) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, x[at + i]);
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.exp(x[at + i] - max);
        }
        return max + Math.log(sum);
    }
}
