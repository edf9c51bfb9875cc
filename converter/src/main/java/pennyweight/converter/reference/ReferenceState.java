package pennyweight.converter.reference;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.DeltaShape;
import pennyweight.converter.model.TokenPositions;

/**
 * What a forward pass remembers of the tokens so far: keys and values of attention layers, the last
 * inputs of convolutions, the matrices of delta nets. All zeros before the first token.
 */
public final class ReferenceState {
    private final Map<Integer, KvCache> attention = new HashMap<>();
    private final Map<Integer, float[]> convolution = new HashMap<>();
    private final Map<Integer, float[][]> delta = new HashMap<>();
    private @Nullable TokenPositions placed;
    private int tokens;
    private int position;

    /** How many tokens every layer has seen. */
    public int tokens() {
        return tokens;
    }

    /** Where the next token stands: at its number, until an image takes less room than tokens. */
    public int position() {
        return position;
    }

    /** Says where the next tokens stand; without it they are text. */
    public void place(TokenPositions positions) {
        placed = positions;
    }

    /** To be called when tokens have gone through all layers. */
    public void advance(int count) {
        position = positions(count).next();
        tokens = Math.addExact(tokens, count);
        placed = null;
    }

    /** Where the tokens stand that go through the layers now. */
    TokenPositions positions(int count) {
        TokenPositions now = placed;
        if (now == null) {
            return TokenPositions.text(count, position);
        }
        if (now.tokens() != count) {
            throw new IllegalArgumentException(
                    "positions of " + now.tokens() + " tokens for " + count);
        }
        return now;
    }

    KvCache attention(int layer, AttentionShape shape) {
        return attention.computeIfAbsent(layer, l -> new KvCache(shape.kvHeads(), shape.headDim()));
    }

    /** The last inputs of a convolution, {@code [kernel - 1, channels]}, oldest first. */
    float[] convolution(int layer, int length) {
        return convolution.computeIfAbsent(layer, l -> new float[length]);
    }

    /** The matrices of a delta net, {@code [valueHeads][keyDim * valueDim]}. */
    float[][] delta(int layer, DeltaShape shape) {
        return delta.computeIfAbsent(
                layer, l -> new float[shape.valueHeads()][shape.keyDim() * shape.valueDim()]);
    }
}
