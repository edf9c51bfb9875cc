package pennyweight.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeltaRuleKernelTest {
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "5, 3, 3", "64, 64, 9", "16, 37, 20", "128, 128, 2", "7, 131, 4"})
    void vectorsGiveTheBitsOfTheColumnsOneByOne(int keyDim, int valueDim, int tokens) {
        Random random = new Random(keyDim * 1000L + valueDim);
        float[] q = numbers(random, tokens * keyDim);
        float[] k = numbers(random, tokens * keyDim);
        float[] v = numbers(random, tokens * valueDim);
        float[] decay = new float[tokens];
        float[] beta = new float[tokens];
        for (int t = 0; t < tokens; t++) {
            decay[t] = random.nextFloat();
            beta[t] = random.nextFloat();
        }
        float[] expectedState = numbers(random, keyDim * valueDim);
        float[] state = expectedState.clone();
        float[] expected = new float[tokens * valueDim];
        float[] o = new float[tokens * valueDim];

        for (int c = 0; c < valueDim; c++) {
            DeltaRule.column(
                    expectedState, c, keyDim, valueDim, q, k, v, decay, beta, expected, tokens);
        }
        DeltaRule.apply(state, keyDim, valueDim, q, k, v, decay, beta, o, tokens);

        assertArrayEquals(expected, o);
        assertArrayEquals(expectedState, state);
    }

    /** With full strength and no decay, what was written under a unit key is read back. */
    @ParameterizedTest
    @CsvSource({"0", "3"})
    void readsBackWhatWasWritten(int key) {
        float[] k = new float[4];
        k[key] = 1;
        float[] o = new float[3];
        float[] state = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
        DeltaRule.apply(
                state, 4, 3, k, k, new float[] {1, 2, 3}, new float[] {1}, new float[] {1}, o, 1);
        assertArrayEquals(new float[] {1, 2, 3}, o);
        assertEquals(9, state[((key + 1) % 4) * 3]);
    }

    private static float[] numbers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
