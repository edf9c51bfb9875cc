package pennyweight.quantizer.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector edition of {@link MatMul}. Lanes run over tokens, so every lane sums its own output in
 * the scalar order; weights are read as they lie, each number broadcast to the lanes. The
 * activations are packed once into panels of tokens: a panel is {@code [inner, width]}, zeros
 * beyond the last token.
 *
 * <p>The loops are blocked as in Goto and van de Geijn, Anatomy of High-Performance Matrix
 * Multiplication: a part of a panel stays in the first cache, a block of weights in the second.
 */
final class VectorMatMul extends MatMul {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    /** Tokens of a wide panel: two vectors. The last panel may be a narrow one of one vector. */
    private static final int WIDE = 2 * LANES;

    /**
     * Rows of the inner kernel: its 12 sums, 2 activations and a weight fit the 16 registers of
     * AVX2.
     */
    private static final int ROWS = 6;

    private static final int BLOCK_ROWS = 16 * ROWS;
    private static final int BLOCK_DEPTH = 256;
    private static final int BLOCK_TOKENS = 8 * WIDE;

    /** Tokens in wide panels; the others are in a narrow panel. */
    private final int wideTokens;

    private final float[] packed;

    VectorMatMul(float[] x, int tokens, int inner) {
        super(tokens, inner);
        this.wideTokens = (tokens + LANES - 1) / WIDE * WIDE;
        int padded = wideTokens + (tokens > wideTokens ? LANES : 0);
        this.packed = new float[Math.multiplyExact(padded, inner)];
        for (int p = 0; p < tokens; p += width(p)) {
            pack(x, p, width(p));
        }
    }

    /** Width of the panel that begins with a token. */
    private int width(int token) {
        return token < wideTokens ? WIDE : LANES;
    }

    private void pack(float[] x, int first, int width) {
        int count = Math.min(width, tokens - first);
        int panel = first * inner;
        for (int t = 0; t < count; t++) {
            int from = (first + t) * inner;
            for (int i = 0; i < inner; i++) {
                packed[panel + i * width + t] = x[from + i];
            }
        }
    }

    @Override
    void compute(float[] w, int wStride, int rows, float[] y, int yStride, int yColumn) {
        int block = Math.min(BLOCK_TOKENS, Math.ceilDiv(tokens, LANES) * LANES);
        float[] sums = new float[Math.min(rows, BLOCK_ROWS) * block];
        for (int t = 0; t < tokens; t += BLOCK_TOKENS) {
            int end = Math.min(tokens, t + BLOCK_TOKENS);
            for (int r = 0; r < rows; r += BLOCK_ROWS) {
                int count = Math.min(BLOCK_ROWS, rows - r);
                sum(t, end, w, r * wStride, wStride, count, sums);
                store(t, end, count, sums, y, yStride, yColumn + r);
            }
        }
    }

    /** Sums a block of outputs: a panel's {@code [rows, width]} after the other. */
    private void sum(int first, int end, float[] w, int wAt, int wStride, int rows, float[] sums) {
        Arrays.fill(sums, 0);
        for (int i = 0; i < inner; i += BLOCK_DEPTH) {
            int depth = Math.min(BLOCK_DEPTH, inner - i);
            for (int p = first; p < end; p += width(p)) {
                int xAt = p * inner + i * width(p);
                int sumsAt = (p - first) * rows;
                if (p < wideTokens) {
                    wide(xAt, w, wAt + i, wStride, rows, depth, sums, sumsAt);
                } else {
                    narrow(xAt, w, wAt + i, wStride, rows, depth, sums, sumsAt);
                }
            }
        }
    }

    private void store(
            int first, int end, int rows, float[] sums, float[] y, int yStride, int yColumn) {
        for (int p = first; p < end; p += width(p)) {
            int width = width(p);
            int count = Math.min(width, tokens - p);
            for (int t = 0; t < count; t++) {
                int to = (p + t) * yStride + yColumn;
                int from = (p - first) * rows + t;
                for (int r = 0; r < rows; r++) {
                    y[to + r] = sums[from + r * width];
                }
            }
        }
    }

    private void wide(
            int xAt, float[] w, int wAt, int wStride, int rows, int depth, float[] sums, int at) {
        int r = 0;
        for (; r + ROWS <= rows; r += ROWS) {
            sixByTwo(packed, xAt, w, wAt + r * wStride, wStride, depth, sums, at + r * WIDE);
        }
        for (; r < rows; r++) {
            oneByTwo(packed, xAt, w, wAt + r * wStride, depth, sums, at + r * WIDE);
        }
    }

    private void narrow(
            int xAt, float[] w, int wAt, int wStride, int rows, int depth, float[] sums, int at) {
        int r = 0;
        for (; r + ROWS <= rows; r += ROWS) {
            sixByOne(packed, xAt, w, wAt + r * wStride, wStride, depth, sums, at + r * LANES);
        }
        for (; r < rows; r++) {
            oneByOne(packed, xAt, w, wAt + r * wStride, depth, sums, at + r * LANES);
        }
    }

    // The kernels add depth terms to each sum. Static, and each a method over arrays: a vector that
    // crosses a method's border may be boxed.

    private static void sixByTwo(
            float[] x, int xAt, float[] w, int wAt, int wStride, int depth, float[] sums, int at) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, sums, at);
        FloatVector b0 = FloatVector.fromArray(SPECIES, sums, at + LANES);
        FloatVector a1 = FloatVector.fromArray(SPECIES, sums, at + 2 * LANES);
        FloatVector b1 = FloatVector.fromArray(SPECIES, sums, at + 3 * LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, sums, at + 4 * LANES);
        FloatVector b2 = FloatVector.fromArray(SPECIES, sums, at + 5 * LANES);
        FloatVector a3 = FloatVector.fromArray(SPECIES, sums, at + 6 * LANES);
        FloatVector b3 = FloatVector.fromArray(SPECIES, sums, at + 7 * LANES);
        FloatVector a4 = FloatVector.fromArray(SPECIES, sums, at + 8 * LANES);
        FloatVector b4 = FloatVector.fromArray(SPECIES, sums, at + 9 * LANES);
        FloatVector a5 = FloatVector.fromArray(SPECIES, sums, at + 10 * LANES);
        FloatVector b5 = FloatVector.fromArray(SPECIES, sums, at + 11 * LANES);
        for (int i = 0; i < depth; i++) {
            FloatVector xa = FloatVector.fromArray(SPECIES, x, xAt + i * WIDE);
            FloatVector xb = FloatVector.fromArray(SPECIES, x, xAt + i * WIDE + LANES);
            FloatVector w0 = FloatVector.broadcast(SPECIES, w[wAt + i]);
            a0 = w0.fma(xa, a0);
            b0 = w0.fma(xb, b0);
            FloatVector w1 = FloatVector.broadcast(SPECIES, w[wAt + wStride + i]);
            a1 = w1.fma(xa, a1);
            b1 = w1.fma(xb, b1);
            FloatVector w2 = FloatVector.broadcast(SPECIES, w[wAt + 2 * wStride + i]);
            a2 = w2.fma(xa, a2);
            b2 = w2.fma(xb, b2);
            FloatVector w3 = FloatVector.broadcast(SPECIES, w[wAt + 3 * wStride + i]);
            a3 = w3.fma(xa, a3);
            b3 = w3.fma(xb, b3);
            FloatVector w4 = FloatVector.broadcast(SPECIES, w[wAt + 4 * wStride + i]);
            a4 = w4.fma(xa, a4);
            b4 = w4.fma(xb, b4);
            FloatVector w5 = FloatVector.broadcast(SPECIES, w[wAt + 5 * wStride + i]);
            a5 = w5.fma(xa, a5);
            b5 = w5.fma(xb, b5);
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + LANES);
        a1.intoArray(sums, at + 2 * LANES);
        b1.intoArray(sums, at + 3 * LANES);
        a2.intoArray(sums, at + 4 * LANES);
        b2.intoArray(sums, at + 5 * LANES);
        a3.intoArray(sums, at + 6 * LANES);
        b3.intoArray(sums, at + 7 * LANES);
        a4.intoArray(sums, at + 8 * LANES);
        b4.intoArray(sums, at + 9 * LANES);
        a5.intoArray(sums, at + 10 * LANES);
        b5.intoArray(sums, at + 11 * LANES);
    }

    private static void sixByOne(
            float[] x, int xAt, float[] w, int wAt, int wStride, int depth, float[] sums, int at) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, sums, at);
        FloatVector a1 = FloatVector.fromArray(SPECIES, sums, at + LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, sums, at + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(SPECIES, sums, at + 3 * LANES);
        FloatVector a4 = FloatVector.fromArray(SPECIES, sums, at + 4 * LANES);
        FloatVector a5 = FloatVector.fromArray(SPECIES, sums, at + 5 * LANES);
        for (int i = 0; i < depth; i++) {
            FloatVector xa = FloatVector.fromArray(SPECIES, x, xAt + i * LANES);
            FloatVector w0 = FloatVector.broadcast(SPECIES, w[wAt + i]);
            a0 = w0.fma(xa, a0);
            FloatVector w1 = FloatVector.broadcast(SPECIES, w[wAt + wStride + i]);
            a1 = w1.fma(xa, a1);
            FloatVector w2 = FloatVector.broadcast(SPECIES, w[wAt + 2 * wStride + i]);
            a2 = w2.fma(xa, a2);
            FloatVector w3 = FloatVector.broadcast(SPECIES, w[wAt + 3 * wStride + i]);
            a3 = w3.fma(xa, a3);
            FloatVector w4 = FloatVector.broadcast(SPECIES, w[wAt + 4 * wStride + i]);
            a4 = w4.fma(xa, a4);
            FloatVector w5 = FloatVector.broadcast(SPECIES, w[wAt + 5 * wStride + i]);
            a5 = w5.fma(xa, a5);
        }
        a0.intoArray(sums, at);
        a1.intoArray(sums, at + LANES);
        a2.intoArray(sums, at + 2 * LANES);
        a3.intoArray(sums, at + 3 * LANES);
        a4.intoArray(sums, at + 4 * LANES);
        a5.intoArray(sums, at + 5 * LANES);
    }

    private static void oneByTwo(
            float[] x, int xAt, float[] w, int wAt, int depth, float[] sums, int at) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, sums, at);
        FloatVector b0 = FloatVector.fromArray(SPECIES, sums, at + LANES);
        for (int i = 0; i < depth; i++) {
            FloatVector xa = FloatVector.fromArray(SPECIES, x, xAt + i * WIDE);
            FloatVector xb = FloatVector.fromArray(SPECIES, x, xAt + i * WIDE + LANES);
            FloatVector w0 = FloatVector.broadcast(SPECIES, w[wAt + i]);
            a0 = w0.fma(xa, a0);
            b0 = w0.fma(xb, b0);
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + LANES);
    }

    private static void oneByOne(
            float[] x, int xAt, float[] w, int wAt, int depth, float[] sums, int at) {
        FloatVector a0 = FloatVector.fromArray(SPECIES, sums, at);
        for (int i = 0; i < depth; i++) {
            FloatVector xa = FloatVector.fromArray(SPECIES, x, xAt + i * LANES);
            FloatVector w0 = FloatVector.broadcast(SPECIES, w[wAt + i]);
            a0 = w0.fma(xa, a0);
        }
        a0.intoArray(sums, at);
    }
}
