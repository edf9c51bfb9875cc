package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The vector editions of the symmetric block types give the scalar editions' bytes, with importance
 * weights and without, at every vector width.
 */
class SymmetricFamilyEditionTest {
    /** Odd numbers of rows and blocks leave tails that do not fill the lanes or the batches. */
    private static final int ROWS = 5;

    private static final int ROUNDS = 4;

    private enum Kind {
        Q4_0(32, ScaledBlock.Q4_0.bytes),
        Q5_0(32, ScaledBlock.Q5_0.bytes),
        Q3_K(256, Q3K.BYTES),
        Q6_K(256, Q6K.BYTES),
        IQ4_NL(32, Iq4Nl.BYTES),
        IQ4_XS(256, Iq4Xs.BYTES);

        final int size;
        final int bytes;

        Kind(int size, int bytes) {
            this.size = size;
            this.bytes = bytes;
        }

        void scalar(float[] x, int from, int blocks, byte[] bytes, int at) {
            switch (this) {
                case Q4_0 -> ScaledBlock.Q4_0.encodeScalar(x, from, blocks, bytes, at);
                case Q5_0 -> ScaledBlock.Q5_0.encodeScalar(x, from, blocks, bytes, at);
                case Q3_K -> Q3K.encodeScalar(x, from, blocks, bytes, at);
                case Q6_K -> Q6K.encodeScalar(x, from, blocks, bytes, at);
                case IQ4_NL -> Iq4Nl.encodeScalar(x, from, blocks, bytes, at);
                case IQ4_XS -> Iq4Xs.encodeScalar(x, from, blocks, bytes, at);
            }
        }

        void vectors(float[] x, int from, int blocks, byte[] bytes, int at) {
            switch (this) {
                case Q4_0 ->
                        ScaledBlockVectors.encode(ScaledBlock.Q4_0, x, from, blocks, bytes, at);
                case Q5_0 ->
                        ScaledBlockVectors.encode(ScaledBlock.Q5_0, x, from, blocks, bytes, at);
                case Q3_K -> Q3KVectors.encode(x, from, blocks, bytes, at);
                case Q6_K -> Q6KVectors.encode(x, from, blocks, bytes, at);
                case IQ4_NL -> Iq4Nl.encodeVectors(x, from, blocks, bytes, at);
                case IQ4_XS -> Iq4Xs.encodeVectors(x, from, blocks, bytes, at);
            }
        }

        void scalar(float[] x, int from, int rows, int rowBlocks, float[] w, byte[] bytes, int at) {
            switch (this) {
                case Q4_0 ->
                        ScaledBlock.Q4_0.encodeWeightedScalar(
                                x, from, rows, rowBlocks, w, bytes, at);
                case Q5_0 ->
                        ScaledBlock.Q5_0.encodeWeightedScalar(
                                x, from, rows, rowBlocks, w, bytes, at);
                case Q3_K -> Q3K.encodeWeightedScalar(x, from, rows, rowBlocks, w, bytes, at);
                case Q6_K -> Q6K.encodeWeightedScalar(x, from, rows, rowBlocks, w, bytes, at);
                case IQ4_NL -> Iq4Nl.encodeWeightedScalar(x, from, rows, rowBlocks, w, bytes, at);
                case IQ4_XS -> Iq4Xs.encodeWeightedScalar(x, from, rows, rowBlocks, w, bytes, at);
            }
        }

        void vectors(
                float[] x, int from, int rows, int rowBlocks, float[] w, byte[] bytes, int at) {
            switch (this) {
                case Q4_0 ->
                        ScaledBlockVectors.encodeWeighted(
                                ScaledBlock.Q4_0, x, from, rows, rowBlocks, w, bytes, at);
                case Q5_0 ->
                        ScaledBlockVectors.encodeWeighted(
                                ScaledBlock.Q5_0, x, from, rows, rowBlocks, w, bytes, at);
                case Q3_K -> Q3KVectors.encodeWeighted(x, from, rows, rowBlocks, w, bytes, at);
                case Q6_K -> Q6KVectors.encodeWeighted(x, from, rows, rowBlocks, w, bytes, at);
                case IQ4_NL -> Iq4Nl.encodeWeightedVectors(x, from, rows, rowBlocks, w, bytes, at);
                case IQ4_XS -> Iq4Xs.encodeWeightedVectors(x, from, rows, rowBlocks, w, bytes, at);
            }
        }
    }

    private static void comparePlain(Kind kind, Numbers numbers, int blocks, int seed) {
        int from = seed % 3;
        int at = seed % 5;
        float[] values = numbers.of(from + blocks * kind.size + 5, seed);
        byte[] expected = new byte[at + blocks * kind.bytes + 1];
        byte[] actual = new byte[expected.length];
        kind.scalar(values, from, blocks, expected, at);
        kind.vectors(values, from, blocks, actual, at);
        assertArrayEquals(expected, actual, kind + " " + numbers + ", " + blocks + " blocks");
    }

    private static void compareWeighted(
            Kind kind, Numbers numbers, Weights weights, int rows, int rowBlocks, int seed) {
        int from = seed % 3;
        int at = seed % 5;
        int blocks = rows * rowBlocks;
        float[] values = numbers.of(from + blocks * kind.size + 5, seed);
        float[] w = weights.of(rowBlocks * kind.size, seed + 1);
        byte[] expected = new byte[at + blocks * kind.bytes + 1];
        byte[] actual = new byte[expected.length];
        kind.scalar(values, from, rows, rowBlocks, w, expected, at);
        kind.vectors(values, from, rows, rowBlocks, w, actual, at);
        assertArrayEquals(
                expected, actual, kind + " " + numbers + " " + weights + ", " + blocks + " blocks");
    }

    @ParameterizedTest
    @EnumSource
    void plain(Numbers numbers) {
        for (Kind kind : Kind.values()) {
            for (int round = 0; round < ROUNDS; round++) {
                comparePlain(kind, numbers, 1 + 3 * round, 100 + round);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void weighted(Numbers numbers) {
        for (Kind kind : Kind.values()) {
            for (Weights weights : Weights.values()) {
                compareWeighted(kind, numbers, weights, ROWS, 768 / kind.size, 200);
                compareWeighted(kind, numbers, weights, 1, 256 / kind.size, 201);
            }
        }
    }

    /** Many more numbers than the kinds above, for the rare accident of rounding. */
    @ParameterizedTest
    @CsvSource({"UNIFORM", "SHARP", "BF16"})
    void manyBlocks(Numbers numbers) {
        for (Kind kind : Kind.values()) {
            comparePlain(kind, numbers, 128 * 256 / kind.size + 1, 4711);
            compareWeighted(kind, numbers, Weights.SQUARES, 17, 2048 / kind.size, 4712);
        }
    }

    /** Both ends as large, in either order: the sign of the scale depends on which comes first. */
    @Test
    void firstOfTwoExtremesCounts() {
        for (int first = 0; first < 31; first++) {
            for (int second = first + 1; second < 32; second++) {
                float[] values = new float[256];
                values[first] = first % 2 == 0 ? 3 : -3;
                values[second] = -values[first];
                values[(first + 7) % 256] += 0.5f;
                for (Kind kind : Kind.values()) {
                    byte[] expected = new byte[kind.bytes];
                    byte[] actual = new byte[kind.bytes];
                    kind.scalar(values, 0, 1, expected, 0);
                    kind.vectors(values, 0, 1, actual, 0);
                    assertArrayEquals(expected, actual, kind + ": " + first + " before " + second);
                }
            }
        }
    }

    /** ggml's {@code best_index_int8}, the definition. */
    private static int bestIndex(float x) {
        if (x <= Iq4Values.value(0)) {
            return 0;
        }
        if (x >= Iq4Values.value(15)) {
            return 15;
        }
        int low = 0;
        int high = 15;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (x < Iq4Values.value(middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return x - Iq4Values.value(high - 1) < Iq4Values.value(high) - x ? high - 1 : high;
    }

    /** A thousand floats to either side of every value and every middle, and some of all kinds. */
    @Test
    void nearestValueIsTheReferences() {
        float[] probes = new float[31 * 2001 + 100_000];
        int n = 0;
        for (int k = 0; k < 16; k++) {
            for (float centre :
                    new float[] {Iq4Values.value(k), Iq4Values.middle(Math.max(k, 1))}) {
                float v = centre;
                for (int i = 0; i < 1000; i++) {
                    v = Math.nextDown(v);
                }
                for (int i = 0; i < 2001 && (k > 0 || centre == Iq4Values.value(0)); i++) {
                    probes[n++] = v;
                    v = Math.nextUp(v);
                }
            }
        }
        Random random = new Random(3);
        while (n < probes.length) {
            probes[n++] =
                    n % 2 == 0
                            ? random.nextFloat() * 300 - 150
                            : Float.intBitsToFloat(random.nextInt());
        }
        byte[] expected = new byte[n];
        byte[] scalar = new byte[n];
        byte[] vectors = new byte[n];
        for (int i = 0; i < n; i++) {
            expected[i] = (byte) bestIndex(probes[i]);
        }
        Iq4Values.codesScalar(probes, 0, n, 1, scalar, 0);
        Iq4ValuesVectors.codes(probes, 0, n, 1, vectors, 0);
        assertArrayEquals(expected, scalar);
        assertArrayEquals(expected, vectors);
    }

    /** A lane beyond the last group repeats it. */
    @Test
    void lanesAreFilledWithTheLastGroup() {
        float[] target = new float[3 * 4];
        Interleaving.groups(new float[] {9, 1, 2, 3, 4, 5, 6}, 1, 3, 0, 2, 4, target, 0);
        assertArrayEquals(new float[] {1, 4, 4, 4, 2, 5, 5, 5, 3, 6, 6, 6}, target);
    }

    /** Squares are transposed as numbers are laid one by one, and what does not fill them too. */
    @Test
    void groupsAreLaidSideBySideAtEveryWidth() {
        for (int size : new int[] {3, 16, 32}) {
            int groups = 2 * Lanes.COUNT + 1;
            float[] values = Numbers.SHARP.of(groups * size, size);
            float[] target = InterleavingVectors.all(values, size, groups);
            float[] expected = new float[target.length];
            for (int g = 0; g < groups; g += Lanes.COUNT) {
                Interleaving.groups(values, 0, size, g, groups, Lanes.COUNT, expected, g * size);
            }
            assertArrayEquals(expected, target);
            assertEquals(values[size * Lanes.COUNT + 2], target[(size + 2) * Lanes.COUNT]);
        }
    }

    @Test
    void sumsOfSquaresAreOfEachRunInOrder() {
        for (int runs : new int[] {1, 2, 7, 8, 9, 17}) {
            float[] values = Numbers.SHARP.of(1 + runs * 37, runs);
            float[] sums = new float[runs];
            ErrorWeights.sumsOfSquares(values, 1, 37, runs, sums);
            float[] expected = new float[runs];
            for (int r = 0; r < runs; r++) {
                for (int i = 0; i < 37; i++) {
                    expected[r] += values[1 + r * 37 + i] * values[1 + r * 37 + i];
                }
            }
            assertArrayEquals(expected, sums);
        }
    }
}
