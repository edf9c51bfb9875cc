package pennyweight.converter.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import pennyweight.quantizer.kernel.MatMul;

/** Activations {@code [tokens, width]} in float32. Not written to once they are handed on. */
public final class Matrix implements Tensor {
    private final int tokens;
    private final int width;
    private final float[] values;
    private @Nullable MatMul product;

    /**
     * @param values {@code values[t * width + i]}, kept, not copied
     */
    public Matrix(int tokens, int width, float[] values) {
        Objects.checkFromIndexSize(0, Math.multiplyExact(tokens, width), values.length);
        this.tokens = tokens;
        this.width = width;
        this.values = values;
    }

    /** All zeros. */
    static Matrix zeros(int tokens, int width) {
        return new Matrix(tokens, width, new float[Math.multiplyExact(tokens, width)]);
    }

    public int tokens() {
        return tokens;
    }

    public int width() {
        return width;
    }

    public float get(int token, int i) {
        return values[token * width + Objects.checkIndex(i, width)];
    }

    /** The numbers themselves, for reading only. */
    public float[] values() {
        return values;
    }

    /** Some of the tokens. */
    Matrix slice(int first, int count) {
        Matrix slice = zeros(count, width);
        System.arraycopy(values, first * width, slice.values, 0, count * width);
        return slice;
    }

    /** Copies columns {@code [column, column + width)} of some tokens, {@code [count, width]}. */
    void copyColumns(int first, int count, int column, int width, float[] to) {
        for (int t = 0; t < count; t++) {
            System.arraycopy(values, (first + t) * this.width + column, to, t * width, width);
        }
    }

    /** Cuts each head into pieces: piece i is {@code [tokens, heads * widths[i]]}. */
    List<Matrix> splitHeads(int heads, int... widths) {
        int headWidth = width / heads;
        List<Matrix> pieces = new ArrayList<>();
        int start = 0;
        for (int w : widths) {
            Matrix piece = zeros(tokens, heads * w);
            for (int h = 0; h < tokens * heads; h++) {
                System.arraycopy(values, h * headWidth + start, piece.values, h * w, w);
            }
            pieces.add(piece);
            start += w;
        }
        if (start != headWidth) {
            throw new IllegalArgumentException("pieces of " + start + " in all from " + headWidth);
        }
        return pieces;
    }

    /**
     * Laid out as the left side of matrix products: done once, since several weights multiply the
     * same activations.
     */
    MatMul product() {
        MatMul p = product;
        if (p == null) {
            p = MatMul.of(values, tokens, width);
            product = p;
        }
        return p;
    }
}
