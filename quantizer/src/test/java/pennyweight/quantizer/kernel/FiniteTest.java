package pennyweight.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiniteTest {
    private static final int LARGEST = Float.floatToRawIntBits(Float.MAX_VALUE);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 15, 16, 17, 40, 100})
    void countsWithinItsRange(int count) {
        float[] values = new float[count + 4];
        values[0] = Float.NaN;
        values[1] = Float.NaN;
        values[count + 2] = Float.POSITIVE_INFINITY;
        int expected = 0;
        for (int i = 2; i < count + 2; i++) {
            values[i] =
                    switch (i % 7) {
                        case 1 -> Float.NEGATIVE_INFINITY;
                        case 2 -> Float.NaN;
                        case 3 -> Float.MAX_VALUE;
                        case 4 -> Float.intBitsToFloat(0xff800001);
                        default -> i;
                    };
            expected += Float.isFinite(values[i]) ? 0 : 1;
        }
        assertEquals(expected, Finite.countNonFinite(values, 2, count + 2));
        assertEquals(expected, Finite.countScalar(LARGEST, values, 2, count + 2));
        assertEquals(expected, FiniteVectors.countBeyond(LARGEST, values, 2, count + 2));
    }

    @Test
    void countsWhatATypeCannotReach() {
        float[] values = {
            65519f, -65519f, 65520f, -65520f, 0f, Float.NaN, Float.NEGATIVE_INFINITY, 1f, 2f, 70000f
        };
        assertEquals(5, Finite.countBeyond(Math.nextDown(65520f), values, 0, values.length));
        assertEquals(2, Finite.countBeyond(Float.MAX_VALUE, values, 0, values.length));
    }
}
