package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The vector edition of the encoders of an offset gives the scalar edition's bytes, at every vector
 * width.
 */
class AffineFamilyEditionTest {
    private static final int ROUNDS = 4;

    private static final List<AffineType> TYPES =
            List.of(AffineType.Q2_K, AffineType.Q4_K, AffineType.Q5_K);

    private static void affine(AffineType type, float[] values, int from, int blocks, int at) {
        byte[] expected = new byte[at + blocks * type.bytes() + 1];
        byte[] actual = new byte[expected.length];
        new AffineCodec(type).encodeScalar(values, from, blocks, expected, at);
        new AffineCodecVectors(type, type.grid()).encode(values, from, blocks, actual, at);
        assertArrayEquals(expected, actual, type + ", " + blocks + " blocks");
    }

    private static void affine(
            AffineType type, float[] values, int from, int rows, int rowBlocks, float[] weights) {
        byte[] expected = new byte[rows * rowBlocks * type.bytes() + 2];
        byte[] actual = new byte[expected.length];
        new AffineCodec(type)
                .encodeWeightedScalar(values, from, rows, rowBlocks, weights, expected, 1);
        new AffineCodecVectors(type, type.weightedGrid())
                .encodeWeighted(values, from, rows, rowBlocks, weights, actual, 1);
        assertArrayEquals(expected, actual, type + ", " + rows + " rows of " + rowBlocks);
    }

    /** Odd numbers of blocks leave a tail that does not fill the lanes. */
    @ParameterizedTest
    @EnumSource
    void affine(Numbers numbers) {
        for (AffineType type : TYPES) {
            for (int round = 0; round < ROUNDS; round++) {
                int blocks = 1 + 5 * round;
                float[] values = numbers.of(round + blocks * AffineType.SIZE + 5, 100 + round);
                affine(type, values, round, blocks, 2 * round);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void affineOfImportance(Numbers numbers) {
        for (AffineType type : TYPES) {
            for (ColumnWeights weights : ColumnWeights.values()) {
                int rows = 2 + weights.ordinal();
                int rowBlocks = 3;
                int columns = rowBlocks * AffineType.SIZE;
                float[] values = numbers.of(3 + rows * columns, 17);
                affine(type, values, 3, rows, rowBlocks, weights.of(columns, 3));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void offsetBlock(Numbers numbers) {
        for (int bits : new int[] {4, 5}) {
            OffsetBlock type = new OffsetBlock(bits);
            for (int blocks = 1; blocks < 20; blocks += 6) {
                float[] values = numbers.of(blocks + blocks * OffsetBlock.SIZE, blocks);
                byte[] expected = new byte[blocks * type.bytes() + 3];
                byte[] actual = new byte[expected.length];
                type.encodeScalar(values, blocks, blocks, expected, 2);
                OffsetBlockVectors.encode(type, values, blocks, blocks, actual, 2);
                assertArrayEquals(expected, actual, bits + " bits, " + blocks + " blocks");
            }
        }
    }

    /** Six rows, so that some are summed together and some alone. */
    @ParameterizedTest
    @EnumSource
    void offsetBlockOfImportance(Numbers numbers) {
        for (int bits : new int[] {4, 5}) {
            OffsetBlock type = new OffsetBlock(bits);
            for (ColumnWeights weights : ColumnWeights.values()) {
                int rows = 6;
                int rowBlocks = 7;
                int columns = rowBlocks * OffsetBlock.SIZE;
                float[] values = numbers.of(1 + rows * columns, 8);
                float[] w = weights.of(columns, 2);
                byte[] expected = new byte[rows * rowBlocks * type.bytes() + 3];
                byte[] actual = new byte[expected.length];
                type.encodeWeightedScalar(values, 1, rows, rowBlocks, w, expected, 2);
                new OffsetBlockVectors(type)
                        .encodeWeighted(values, 1, rows, rowBlocks, w, actual, 2);
                assertArrayEquals(expected, actual, bits + " bits, " + weights);
            }
        }
    }

    /** Many more numbers than the kinds above, for the rare accident of rounding. */
    @ParameterizedTest
    @CsvSource({"UNIFORM", "SHARP", "BF16", "MIXED"})
    void manyBlocks(Numbers numbers) {
        int blocks = 128;
        float[] values = numbers.of(blocks * AffineType.SIZE, 4711);
        for (AffineType type : TYPES) {
            affine(type, values, 0, blocks, 0);
            // Rows whose columns fall on the same lanes again at once, and after three batches.
            float[] weights = ColumnWeights.STEEP.of(8 * AffineType.SIZE, 5);
            affine(type, values, 0, blocks / 8, 8, weights);
            affine(type, values, 0, blocks / 3, 3, weights);
        }
    }

    /** A minimum of zero has the sign of the first zero. */
    @Test
    void zerosOfBothSigns() {
        for (int first = 0; first < OffsetBlock.SIZE; first++) {
            float[] values = new float[OffsetBlock.SIZE];
            Arrays.fill(values, 0, first, first % 3);
            values[first] = first % 2 == 0 ? 0f : -0f;
            Arrays.fill(values, first + 1, values.length, -values[first]);
            OffsetBlock type = new OffsetBlock(4);
            byte[] expected = new byte[type.bytes()];
            byte[] actual = new byte[type.bytes()];
            type.encodeScalar(values, 0, 1, expected, 0);
            OffsetBlockVectors.encode(type, values, 0, 1, actual, 0);
            assertArrayEquals(expected, actual, "first zero at " + first);
        }
    }

    /** Also of negative numbers and of those that are too small for a scale. */
    @ParameterizedTest
    @CsvSource({"8, 63", "16, 15"})
    void scaleSearch(int count, int top) {
        int lanes = Lanes.COUNT;
        Random random = new Random(top);
        ScaleSearchVectors vectors = new ScaleSearchVectors(count, top);
        for (int round = 0; round < 300; round++) {
            float[] x = new float[count * lanes];
            float[] weights = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = Math.scalb(random.nextFloat(), -random.nextInt(4) - round % 60);
                x[i] *= random.nextInt(50) == 0 ? -1 : 1;
                weights[i] = random.nextInt(9) == 0 ? 0 : random.nextFloat();
            }
            vectors.fit(x, weights);
            for (int lane = 0; lane < lanes; lane++) {
                float[] ownX = new float[count];
                float[] ownWeights = new float[count];
                int[] actual = new int[count];
                for (int j = 0; j < count; j++) {
                    ownX[j] = x[j * lanes + lane];
                    ownWeights[j] = weights[j * lanes + lane];
                    actual[j] = vectors.codes[j * lanes + lane];
                }
                int[] expected = new int[count];
                float scale = ScaleSearch.fit(ownX, ownWeights, top, expected);
                assertArrayEquals(expected, actual, "codes of round " + round);
                assertEquals(scale, vectors.scale[lane], "scale of round " + round);
            }
        }
    }
}
