package pennyweight.quantizer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector edition of {@link DeltaRule}: a few columns of the state go through all tokens, so
 * that they stay in the first cache.
 */
final class VectorDeltaRule {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private VectorDeltaRule() {}

    /** Takes the first columns through the tokens, and tells how many. */
    static int apply(
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
        int c = 0;
        for (; c + 4 * LANES <= valueDim; c += 4 * LANES) {
            four(state, c, keyDim, valueDim, q, k, v, decay, beta, o, tokens);
        }
        for (; c + LANES <= valueDim; c += LANES) {
            one(state, c, keyDim, valueDim, q, k, v, decay, beta, o, tokens);
        }
        return c;
    }

    private static void four(
            float[] state,
            int column,
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
            int value = t * valueDim + column;
            FloatVector memory0 = FloatVector.zero(SPECIES);
            FloatVector memory1 = FloatVector.zero(SPECIES);
            FloatVector memory2 = FloatVector.zero(SPECIES);
            FloatVector memory3 = FloatVector.zero(SPECIES);
            for (int i = 0; i < keyDim; i++) {
                int at = i * valueDim + column;
                FloatVector ki = FloatVector.broadcast(SPECIES, k[key + i]);
                FloatVector s0 = FloatVector.fromArray(SPECIES, state, at).mul(decay[t]);
                s0.intoArray(state, at);
                memory0 = s0.fma(ki, memory0);
                FloatVector s1 = FloatVector.fromArray(SPECIES, state, at + LANES).mul(decay[t]);
                s1.intoArray(state, at + LANES);
                memory1 = s1.fma(ki, memory1);
                FloatVector s2 =
                        FloatVector.fromArray(SPECIES, state, at + 2 * LANES).mul(decay[t]);
                s2.intoArray(state, at + 2 * LANES);
                memory2 = s2.fma(ki, memory2);
                FloatVector s3 =
                        FloatVector.fromArray(SPECIES, state, at + 3 * LANES).mul(decay[t]);
                s3.intoArray(state, at + 3 * LANES);
                memory3 = s3.fma(ki, memory3);
            }
            FloatVector delta0 = FloatVector.fromArray(SPECIES, v, value).sub(memory0).mul(beta[t]);
            FloatVector delta1 =
                    FloatVector.fromArray(SPECIES, v, value + LANES).sub(memory1).mul(beta[t]);
            FloatVector delta2 =
                    FloatVector.fromArray(SPECIES, v, value + 2 * LANES).sub(memory2).mul(beta[t]);
            FloatVector delta3 =
                    FloatVector.fromArray(SPECIES, v, value + 3 * LANES).sub(memory3).mul(beta[t]);
            FloatVector read0 = FloatVector.zero(SPECIES);
            FloatVector read1 = FloatVector.zero(SPECIES);
            FloatVector read2 = FloatVector.zero(SPECIES);
            FloatVector read3 = FloatVector.zero(SPECIES);
            for (int i = 0; i < keyDim; i++) {
                int at = i * valueDim + column;
                FloatVector ki = FloatVector.broadcast(SPECIES, k[key + i]);
                FloatVector qi = FloatVector.broadcast(SPECIES, q[key + i]);
                FloatVector s0 = ki.fma(delta0, FloatVector.fromArray(SPECIES, state, at));
                s0.intoArray(state, at);
                read0 = s0.fma(qi, read0);
                FloatVector s1 = ki.fma(delta1, FloatVector.fromArray(SPECIES, state, at + LANES));
                s1.intoArray(state, at + LANES);
                read1 = s1.fma(qi, read1);
                FloatVector s2 =
                        ki.fma(delta2, FloatVector.fromArray(SPECIES, state, at + 2 * LANES));
                s2.intoArray(state, at + 2 * LANES);
                read2 = s2.fma(qi, read2);
                FloatVector s3 =
                        ki.fma(delta3, FloatVector.fromArray(SPECIES, state, at + 3 * LANES));
                s3.intoArray(state, at + 3 * LANES);
                read3 = s3.fma(qi, read3);
            }
            read0.intoArray(o, value);
            read1.intoArray(o, value + LANES);
            read2.intoArray(o, value + 2 * LANES);
            read3.intoArray(o, value + 3 * LANES);
        }
    }

    private static void one(
            float[] state,
            int column,
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
            int value = t * valueDim + column;
            FloatVector memory0 = FloatVector.zero(SPECIES);
            for (int i = 0; i < keyDim; i++) {
                int at = i * valueDim + column;
                FloatVector ki = FloatVector.broadcast(SPECIES, k[key + i]);
                FloatVector s0 = FloatVector.fromArray(SPECIES, state, at).mul(decay[t]);
                s0.intoArray(state, at);
                memory0 = s0.fma(ki, memory0);
            }
            FloatVector delta0 = FloatVector.fromArray(SPECIES, v, value).sub(memory0).mul(beta[t]);
            FloatVector read0 = FloatVector.zero(SPECIES);
            for (int i = 0; i < keyDim; i++) {
                int at = i * valueDim + column;
                FloatVector ki = FloatVector.broadcast(SPECIES, k[key + i]);
                FloatVector qi = FloatVector.broadcast(SPECIES, q[key + i]);
                FloatVector s0 = ki.fma(delta0, FloatVector.fromArray(SPECIES, state, at));
                s0.intoArray(state, at);
                read0 = s0.fma(qi, read0);
            }
            read0.intoArray(o, value);
        }
    }
}
