package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The largest number that an encoding says it holds comes back as itself or near; one far above
 * does not.
 */
final class LargestTest {
    static Stream<Encoding> bounded() {
        return Stream.of(
                new Plain(Plain.Type.F16),
                new GgufBlock(GgufBlock.Type.Q4_0),
                new GgufBlock(GgufBlock.Type.Q8_0),
                new GgufBlock(GgufBlock.Type.Q4_K),
                new GgufBlock(GgufBlock.Type.Q4_1),
                new GgufBlock(GgufBlock.Type.Q5_1),
                new GgufBlock(GgufBlock.Type.Q2_K),
                new GgufBlock(GgufBlock.Type.Q5_K),
                new GgufBlock(GgufBlock.Type.Q6_K),
                new GgufBlock(GgufBlock.Type.Q5_0),
                new GgufBlock(GgufBlock.Type.Q3_K),
                new GgufBlock(GgufBlock.Type.IQ4_NL),
                new GgufBlock(GgufBlock.Type.IQ4_XS),
                new Affine(4, 64, Plain.Type.F16));
    }

    private static boolean held(Encoding encoding, float value) {
        float[] row = new float[256];
        Arrays.fill(row, value);
        row[0] = -value;
        byte[][] planes = new byte[encoding.planes()][];
        for (int p = 0; p < planes.length; p++) {
            planes[p] = new byte[(int) encoding.rowBytes(p, row.length)];
        }
        encoding.encode(row, 1, row.length, planes);
        float[] back = new float[row.length];
        encoding.decode(planes, 1, row.length, back);
        for (int i = 0; i < row.length; i++) {
            if (!(Math.abs(back[i] - row[i]) <= Math.abs(row[i]) / 2)) {
                return false;
            }
        }
        return true;
    }

    @ParameterizedTest
    @MethodSource("bounded")
    void theLargestIsHeldAndMuchMoreIsNot(Encoding encoding) {
        assertTrue(held(encoding, encoding.largest()), encoding.label());
        assertFalse(held(encoding, 1e30f), encoding.label());
    }

    @ParameterizedTest
    @MethodSource("bounded")
    void itIsBelowTheLargestFloat(Encoding encoding) {
        assertTrue(encoding.largest() < Float.MAX_VALUE);
        assertEquals(Float.MAX_VALUE, new Plain(Plain.Type.BF16).largest());
    }
}
