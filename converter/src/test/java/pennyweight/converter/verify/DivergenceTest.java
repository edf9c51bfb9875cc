package pennyweight.converter.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.reference.Logits;

class DivergenceTest {
    /** The last two need several chunks of vocabulary. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 50, 5", "2, 2048, 100", "4096, 700, 10", "3, 400000, 3"})
    void chunksGiveWhatTheDefinitionGives(int tokens, int vocabulary, double deviation) {
        Random random = new Random(vocabulary);
        float[] p = new float[tokens * vocabulary];
        float[] q = new float[p.length];
        for (int i = 0; i < p.length; i++) {
            p[i] = (float) (deviation * random.nextGaussian());
            // The scale of a distribution's logits has no zero: a shift changes nothing.
            q[i] = (float) (p[i] + 0.1 * random.nextGaussian() + 300);
        }
        int[] next = new int[tokens];
        for (int t = 0; t < tokens; t++) {
            next[t] = t == tokens - 1 ? -1 : random.nextInt(vocabulary);
        }
        Divergence d =
                Divergence.between(
                        Logits.of(p, tokens, vocabulary), Logits.of(q, tokens, vocabulary), next);
        assertEquals(tokens, d.tokens().size());
        for (int t = 0; t < tokens; t += Math.max(1, tokens / 20)) {
            check(p, q, t * vocabulary, vocabulary, next[t], d.tokens().get(t));
        }
    }

    private static void check(
            float[] p, float[] q, int at, int vocabulary, int next, TokenDivergence actual) {
        double[] logP = logSoftmax(p, at, vocabulary);
        double[] logQ = logSoftmax(q, at, vocabulary);
        double kl = 0;
        double mean = 0;
        double difference = 0;
        int topP = 0;
        int topQ = 0;
        for (int i = 0; i < vocabulary; i++) {
            kl += Math.exp(logP[i]) * (logP[i] - logQ[i]);
            mean += (double) p[at + i] / vocabulary;
            difference = Math.max(difference, Math.abs((double) p[at + i] - q[at + i]));
            topP = p[at + i] > p[at + topP] ? i : topP;
            topQ = q[at + i] > q[at + topQ] ? i : topQ;
        }
        double variance = 0;
        for (int i = 0; i < vocabulary; i++) {
            variance += (p[at + i] - mean) * (p[at + i] - mean) / vocabulary;
        }
        assertEquals(kl, actual.kl(), 1e-11 + 1e-9 * kl);
        assertEquals(topP, actual.referenceTop());
        assertEquals(topQ, actual.candidateTop());
        assertEquals(difference, actual.maxDifference());
        assertEquals(Math.sqrt(variance), actual.referenceDeviation(), 1e-6);
        assertEquals(next >= 0, actual.hasNext());
        if (next >= 0) {
            assertEquals(logP[next], actual.referenceLogProbability(), 1e-9);
            assertEquals(logQ[next], actual.candidateLogProbability(), 1e-9);
        }
    }

    private static double[] logSoftmax(float[] x, int at, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, x[at + i]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(x[at + i] - max);
        }
        double[] log = new double[count];
        for (int i = 0; i < count; i++) {
            log[i] = x[at + i] - max - Math.log(sum);
        }
        return log;
    }

    @Test
    void sumsUpOverTokens() {
        // Uniform over 4 against (1/2, 1/6, 1/6, 1/6), then equal distributions.
        float third = (float) Math.log(3);
        float[] p = {0, 0, 0, 0, 0, 0, third, 0};
        float[] q = {0, 0, third, 0, 1, 1, 1 + third, 1};
        Divergence d =
                Divergence.between(
                        Logits.of(p, 2, 4), Logits.of(q, 2, 4), Divergence.next(new int[] {3, 2}));
        double kl = (Math.log(0.25 / 0.5) + 3 * Math.log(0.25 * 6)) / 4;
        assertEquals(kl / 2, d.meanKl(), 1e-7);
        assertEquals(kl, d.maxKl(), 1e-7);
        assertEquals(0.5, d.topAgreement());
        assertEquals(4, d.referencePerplexity(), 1e-6);
        assertEquals(2, d.candidatePerplexity(), 1e-6);
        assertEquals(third, d.maxDifference());
        assertTrue(d.tokens().get(1).sameTop());
        assertFalse(d.tokens().get(0).sameTop());
    }

    @Test
    void equalLogitsDivergeByNothing() {
        float[] p = {3, -80, 2, 90, 1, 0};
        Divergence d =
                Divergence.between(Logits.of(p, 2, 3), Logits.of(p, 2, 3), new int[] {1, -1});
        assertEquals(0, d.maxKl());
        assertEquals(0, d.maxDifference());
        assertArrayEquals(new int[] {5, 6, -1}, Divergence.next(new int[] {4, 5, 6}));
    }

    @Test
    void wantsTheSameTokensAndVocabulary() {
        Logits small = Logits.of(new float[6], 2, 3);
        Logits wide = Logits.of(new float[8], 2, 4);
        Logits longer = Logits.of(new float[9], 3, 3);
        int[] next = {-1, -1};
        assertThrows(IllegalArgumentException.class, () -> Divergence.between(small, wide, next));
        assertThrows(IllegalArgumentException.class, () -> Divergence.between(small, longer, next));
        assertThrows(
                IllegalArgumentException.class,
                () -> Divergence.between(small, small, new int[] {1}));
    }
}
