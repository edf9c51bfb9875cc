package pennyweight.converter.reference;

import java.util.HashMap;
import java.util.Map;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.DeltaShape;

/**
 * What a forward pass remembers of the tokens so far: keys and values of attention layers, the last
 * inputs of convolutions, the matrices of delta nets. All zeros before the first token.
 */
public final class ReferenceState {
    private final Map<Integer, KvCache> attention = new HashMap<>();
    private final Map<Integer, float[]> convolution = new HashMap<>();
    private final Map<Integer, float[][]> delta = new HashMap<>();
    private int tokens;

    /** How many tokens every layer has seen: the position of the next. */
    public int tokens() {
        return tokens;
    }

    /** To be called when tokens have gone through all layers. */
    public void advance(int count) {
        tokens = Math.addExact(tokens, count);
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
