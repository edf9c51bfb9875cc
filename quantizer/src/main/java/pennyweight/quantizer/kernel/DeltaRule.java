package pennyweight.quantizer.kernel;

/**
 * The gated delta rule of one head (Yang et al., Gated Delta Networks), token after token: {@code S
 * = decay S; d = beta (v - S^T k); S = S + k d^T; o = S^T q}.
 *
 * <p>Each column of the state is on its own. Both readings are summed from 0 in the order of the
 * key's dimensions, every step one fused multiply-add, as is the write. The scalar edition is the
 * definition; the vector edition, lanes over columns, gives the same bits.
 */
public final class DeltaRule {
    private DeltaRule() {}

    /**
     * Takes a head through some tokens.
     *
     * @param state {@code S} [keyDim, valueDim], read and written
     * @param q {@code [tokens, keyDim]}; {@code k} likewise
     * @param v {@code [tokens, valueDim]}
     * @param decay factor of the state before each token {@code [tokens]}; {@code beta} likewise
     * @param o receives {@code [tokens, valueDim]}
     */
    public static void apply(
            float[] state,
            int keyDim,
            int valueDim,
            float[] q,
            float[] k,
            float[] v,
            float[] decay,
            float[] beta,
            float[] o,
            int tokens) {
        int done =
                KernelEdition.vectors()
                        ? VectorDeltaRule.apply(
                                state, keyDim, valueDim, q, k, v, decay, beta, o, tokens)
                        : 0;
        for (int c = done; c < valueDim; c++) {
            column(state, c, keyDim, valueDim, q, k, v, decay, beta, o, tokens);
        }
    }

    static void column(
            float[] state,
            int c,
            int keyDim,
            int valueDim,
            float[] q,
            float[] k,
            float[] v,
            float[] decay,
            float[] beta,
            float[] o,
            int tokens) {
        for (int t = 0; t < tokens; t++) {
            int key = t * keyDim;
            float memory = 0;
            for (int i = 0; i < keyDim; i++) {
                float s = state[i * valueDim + c] * decay[t];
                state[i * valueDim + c] = s;
                memory = Math.fma(s, k[key + i], memory);
            }
            float delta = beta[t] * (v[t * valueDim + c] - memory);
            float read = 0;
            for (int i = 0; i < keyDim; i++) {
                float s = Math.fma(k[key + i], delta, state[i * valueDim + c]);
                state[i * valueDim + c] = s;
                read = Math.fma(s, q[key + i], read);
            }
            o[t * valueDim + c] = read;
        }
    }
}
