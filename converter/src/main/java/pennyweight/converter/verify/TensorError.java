package pennyweight.converter.verify;

/**
 * How far a tensor's numbers are from the source's.
 *
 * @param relativeRmse root of the summed squared error over the summed squares of the source
 * @param bits nominal bits of its codes
 */
public record TensorError(String tensor, int bits, double relativeRmse) {
    /** Above 1 the tensor is worse than its bits allow. */
    public double ofLimit() {
        return relativeRmse / Limits.tensorError(bits);
    }
}
