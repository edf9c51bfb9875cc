package pennyweight.converter.reference;

/** The distribution function of the normal distribution, in double precision. */
final class NormalDistribution {
    /** From here on the function is within half a unit of double's last place of 0 or 1. */
    private static final double FAR = 8.3;

    private NormalDistribution() {}

    /**
     * The probability of at most {@code x}: {@code (1 + erf(x / sqrt(2))) / 2}. By the series of
     * the error function whose terms are all positive, so that nothing cancels (NIST Digital
     * Library of Mathematical Functions, 7.6.2); the error is below 1e-15.
     */
    static double probability(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (Math.abs(x) > FAR) {
            return x > 0 ? 1 : 0;
        }
        // With x^2 / 2 = z^2 the term after z^(2n+1) 2^n / (1 * 3 * ... * (2n+1)) is the term times
        // x^2 / (2n+3), and the constant before the sum that of the density.
        double square = x * x;
        double term = x;
        double sum = x;
        for (int odd = 3; Math.abs(term) > Math.ulp(sum) / 4; odd += 2) {
            term *= square / odd;
            sum += term;
        }
        return 0.5 + sum * StrictMath.exp(-square / 2) / Math.sqrt(2 * Math.PI);
    }
}
