package pennyweight.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatMulKernelTest {
    private static final int[] TOKENS = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 65, 130};
    private static final int[] INNER = {0, 1, 2, 3, 17, 64, 255, 256, 257, 600};
    private static final int[] ROWS = {1, 2, 5, 6, 7, 12, 13, 95, 96, 97, 103};

    @Test
    void bothEditionsGiveTheBitsOfTheSumInOrder() {
        Random random = new Random(20261124);
        for (int tokens : TOKENS) {
            for (int inner : INNER) {
                for (int rows : ROWS) {
                    if ((long) tokens * inner * rows > 2_000_000) {
                        continue;
                    }
                    float[] x = numbers(random, tokens * inner);
                    float[] w = numbers(random, rows * inner);
                    float[] expected = inOrder(x, tokens, inner, w, inner, rows);
                    String sizes = tokens + " tokens, " + inner + " inner, " + rows + " rows";
                    assertArrayEquals(
                            bits(expected),
                            bits(product(new ScalarMatMul(x, tokens, inner), w, inner, rows)),
                            "scalar, " + sizes);
                    assertArrayEquals(
                            bits(expected),
                            bits(product(new VectorMatMul(x, tokens, inner), w, inner, rows)),
                            "vector, " + sizes);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20})
    void readsRowsAtAStrideAndWritesOnlyItsColumns(int tokens) {
        Random random = new Random(7);
        int inner = 37;
        int rows = 11;
        int wStride = 50;
        int yStride = 20;
        int yColumn = 6;
        float[] x = numbers(random, tokens * inner);
        float[] w = numbers(random, (rows - 1) * wStride + inner);
        float[] product = inOrder(x, tokens, inner, w, wStride, rows);
        float[] expected = new float[tokens * yStride];
        Arrays.fill(expected, -1);
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(product, t * rows, expected, t * yStride + yColumn, rows);
        }
        for (MatMul edition :
                new MatMul[] {
                    new ScalarMatMul(x, tokens, inner), new VectorMatMul(x, tokens, inner)
                }) {
            float[] y = new float[tokens * yStride];
            Arrays.fill(y, -1);
            edition.multiply(w, wStride, rows, y, yStride, yColumn);
            assertArrayEquals(bits(expected), bits(y));
        }
    }

    @Test
    void aTokenHasTheSameBitsAloneAndAmongOthers() {
        Random random = new Random(11);
        int tokens = 29;
        int inner = 300;
        int rows = 40;
        float[] x = numbers(random, tokens * inner);
        float[] w = numbers(random, rows * inner);
        float[] together = product(MatMul.of(x, tokens, inner), w, inner, rows);
        for (int t = 0; t < tokens; t++) {
            float[] own = Arrays.copyOfRange(x, t * inner, (t + 1) * inner);
            assertArrayEquals(
                    bits(Arrays.copyOfRange(together, t * rows, (t + 1) * rows)),
                    bits(product(MatMul.of(own, 1, inner), w, inner, rows)));
        }
    }

    @Test
    void refusesArraysThatAreTooShort() {
        MatMul m = MatMul.of(new float[12], 3, 4);
        assertThrows(IndexOutOfBoundsException.class, () -> MatMul.of(new float[11], 3, 4));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> m.multiply(new float[7], 2, new float[6], 2, 0));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> m.multiply(new float[8], 2, new float[5], 2, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> m.multiply(new float[8], 2, new float[6], 2, 1));
    }

    @Test
    void theEditionThatRunsIsTheOneThatWasChosen() {
        assertEquals(
                KernelEdition.vectors() ? VectorMatMul.class : ScalarMatMul.class,
                MatMul.of(new float[8], 2, 4).getClass());
    }

    private static float[] product(MatMul m, float[] w, int wStride, int rows) {
        float[] y = new float[m.tokens * rows];
        m.multiply(w, wStride, rows, y, rows, 0);
        return y;
    }

    private static float[] inOrder(
            float[] x, int tokens, int inner, float[] w, int wStride, int rows) {
        float[] y = new float[tokens * rows];
        for (int t = 0; t < tokens; t++) {
            for (int r = 0; r < rows; r++) {
                float sum = 0;
                for (int i = 0; i < inner; i++) {
                    sum = Math.fma(x[t * inner + i], w[r * wStride + i], sum);
                }
                y[t * rows + r] = sum;
            }
        }
        return y;
    }

    /** Numbers of many magnitudes, so that a sum in another order has other bits. */
    private static float[] numbers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * Math.exp(2 * random.nextGaussian()));
        }
        return values;
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
