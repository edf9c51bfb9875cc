package pennyweight.quantizer.encoding;

import java.util.Arrays;
import pennyweight.quantizer.kernel.KernelEdition;

/** Codes {@code 0 .. 2 * top - 1}, one a byte, of numbers whose scale is known. */
final class SymmetricCodes {
    private SymmetricCodes() {}

    /** The codes of a search's best candidate; see {@link SymmetricSearch#code}. */
    static void ofInverse(
            float[] values, int from, int count, float codeInverse, int top, byte[] codes, int at) {
        if (codeInverse == 0) {
            Arrays.fill(codes, at, at + count, (byte) 0);
        } else if (KernelEdition.vectors()) {
            SymmetricCodesVectors.ofInverse(values, from, count, codeInverse, top, codes, at);
        } else {
            ofInverseScalar(values, from, count, codeInverse, top, codes, at);
        }
    }

    static void ofInverseScalar(
            float[] values, int from, int count, float codeInverse, int top, byte[] codes, int at) {
        for (int i = 0; i < count; i++) {
            codes[at + i] = (byte) SymmetricSearch.code(values[from + i], codeInverse, top);
        }
    }

    /** The codes against a stored step, by division. */
    static void ofStepScalar(
            float[] values, int from, int count, float step, int top, byte[] codes, int at) {
        for (int i = 0; i < count; i++) {
            codes[at + i] = (byte) (top + Rounding.nearest(values[from + i] / step, -top, top - 1));
        }
    }
}
