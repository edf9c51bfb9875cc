package pennyweight.quantizer.encoding;

import java.util.Arrays;

/**
 * ggml's {@code make_q3_quants} with weights x²: from the codes that send the number of largest
 * magnitude to {@code -top}, single codes are moved as long as that explains more, in up to five
 * sweeps over the group.
 */
final class CoordinateSearch {
    static final int SWEEPS = 5;

    private final int size;
    private final int top;
    private final int[] moved;

    private float scale;
    private float sumXL;
    private float sumL2;

    CoordinateSearch(int size, int top) {
        this.size = size;
        this.top = top;
        moved = new int[size];
    }

    /** The scale, of either sign. */
    float scale() {
        return scale;
    }

    /**
     * Searches for {@code x[from .. from + size)}; its codes, {@code 0 .. 2 * top - 1} and 0 in a
     * group of zeros, go to {@code codes[at]} on.
     */
    void fit(float[] x, int from, byte[] codes, int at) {
        float extreme = SymmetricSearch.extreme(x, from, size);
        if (Math.abs(extreme) < SymmetricSearch.ZERO) {
            scale = 0;
            Arrays.fill(codes, at, at + size, (byte) 0);
            return;
        }
        begin(x, from, -top / extreme);
        int sweep = 0;
        while (sweep < SWEEPS && sweep(x, from)) {
            sweep++;
        }
        for (int i = 0; i < size; i++) {
            codes[at + i] = (byte) (top + moved[i]);
        }
        scale = sumL2 > 0 ? sumXL / sumL2 : 0;
    }

    private void begin(float[] x, int from, float inverse) {
        sumXL = 0;
        sumL2 = 0;
        for (int i = 0; i < size; i++) {
            float v = x[from + i];
            int code = Rounding.nearest(inverse * v, -top, top - 1);
            float weight = v * v;
            sumXL += weight * v * code;
            sumL2 += weight * code * code;
            moved[i] = code;
        }
    }

    /** Whether any code moved. */
    private boolean sweep(float[] x, int from) {
        boolean any = false;
        for (int i = 0; i < size; i++) {
            float v = x[from + i];
            float weight = v * v;
            float xl = sumXL - weight * v * moved[i];
            if (!(xl > 0)) {
                continue;
            }
            float l2 = sumL2 - weight * moved[i] * moved[i];
            int code = Rounding.nearest(v * l2 / xl, -top, top - 1);
            if (code == moved[i]) {
                continue;
            }
            xl += weight * v * code;
            l2 += weight * code * code;
            if (l2 > 0 && xl * xl * sumL2 > sumXL * sumXL * l2) {
                moved[i] = code;
                sumXL = xl;
                sumL2 = l2;
                any = true;
            }
        }
        return any;
    }
}
