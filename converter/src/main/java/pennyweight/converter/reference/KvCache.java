package pennyweight.converter.reference;

import java.util.Arrays;

/** Keys and values of the tokens so far, in one attention layer. */
final class KvCache {
    private static final int FIRST_CAPACITY = 64;

    private final int kvHeads;
    private final int headDim;
    private final float[][] keys;
    private final float[][] values;
    private int capacity;
    private int tokens;

    KvCache(int kvHeads, int headDim) {
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.keys = new float[kvHeads][0];
        this.values = new float[kvHeads][0];
    }

    int tokens() {
        return tokens;
    }

    /** The keys of a head, {@code [tokens, headDim]}. */
    float[] keys(int head) {
        return keys[head];
    }

    /** The values of a head, transposed: {@code [headDim, capacity]}. */
    float[] values(int head) {
        return values[head];
    }

    int capacity() {
        return capacity;
    }

    /** Adds tokens; both are {@code [tokens, kvHeads * headDim]}. */
    void append(Matrix k, Matrix v) {
        int added = k.tokens();
        reserve(Math.addExact(tokens, added));
        int width = kvHeads * headDim;
        for (int h = 0; h < kvHeads; h++) {
            for (int t = 0; t < added; t++) {
                int from = t * width + h * headDim;
                System.arraycopy(k.values(), from, keys[h], (tokens + t) * headDim, headDim);
                for (int i = 0; i < headDim; i++) {
                    values[h][i * capacity + tokens + t] = v.values()[from + i];
                }
            }
        }
        tokens += added;
    }

    private void reserve(int wanted) {
        if (wanted <= capacity) {
            return;
        }
        int grown = Math.max(FIRST_CAPACITY, Math.max(wanted, Math.multiplyExact(2, capacity)));
        int length = Math.multiplyExact(grown, headDim);
        for (int h = 0; h < kvHeads; h++) {
            keys[h] = Arrays.copyOf(keys[h], length);
            float[] moved = new float[length];
            for (int i = 0; i < headDim; i++) {
                System.arraycopy(values[h], i * capacity, moved, i * grown, tokens);
            }
            values[h] = moved;
        }
        capacity = grown;
    }
}
