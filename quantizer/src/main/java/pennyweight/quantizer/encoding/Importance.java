package pennyweight.quantizer.encoding;

import java.util.Arrays;

/**
 * How much each input column of a matrix matters: llama.cpp's importance matrix holds the mean
 * square of the column's activations. An encoder that searches weighs its errors by it. A value:
 * two of equal weights are equal.
 */
public final class Importance {
    /** All columns matter alike, and encoders take the weights that they have of their own. */
    public static final Importance NONE = new Importance(new float[0]);

    private final float[] weights;

    private Importance(float[] weights) {
        this.weights = weights;
    }

    /**
     * One weight for each column.
     *
     * @throws IllegalArgumentException of no weights, or of one that is negative, NaN or infinite
     */
    public static Importance of(float[] weights) {
        if (weights.length == 0) {
            throw new IllegalArgumentException("no weights");
        }
        for (float w : weights) {
            if (!(w >= 0 && w <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("a weight of " + w);
            }
        }
        return new Importance(weights.clone());
    }

    /** Whether there are weights. */
    public boolean present() {
        return weights.length > 0;
    }

    /** How many columns have a weight; 0 of {@link #NONE}. */
    public int columns() {
        return weights.length;
    }

    /** The weights themselves, for encoders, which only read them. */
    float[] weights() {
        return weights;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Importance i && Arrays.equals(weights, i.weights);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(weights);
    }

    @Override
    public String toString() {
        return present() ? "weights of " + weights.length + " columns" : "none";
    }
}
