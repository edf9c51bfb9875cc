package pennyweight.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WidenNarrowTest {
    /** All 65,536 halves of either type, NaN payloads apart from binary16's quiet bit. */
    @Test
    void everyBfloat16WidensAndComesBack() {
        byte[] bytes = new byte[2 << 16];
        for (int i = 0; i < 1 << 16; i++) {
            LittleEndian.putShort(bytes, 2 * i, (short) i);
        }
        float[] wide = new float[1 << 16];
        Widen.bf16(bytes, 0, wide, 0, wide.length);
        for (int i = 0; i < wide.length; i++) {
            assertEquals(i << 16, Float.floatToRawIntBits(wide[i]));
        }
        byte[] back = new byte[bytes.length];
        Narrow.bf16(wide, 0, back, 0, wide.length);
        for (int i = 0; i < wide.length; i++) {
            int expected = Float.isNaN(wide[i]) ? i | 0x40 : i;
            assertEquals(expected, LittleEndian.getShort(back, 2 * i) & 0xffff);
        }
    }

    @Test
    void everyBinary16WidensAndComesBack() {
        byte[] bytes = new byte[2 << 16];
        for (int i = 0; i < 1 << 16; i++) {
            LittleEndian.putShort(bytes, 2 * i, (short) i);
        }
        float[] wide = new float[1 << 16];
        Widen.f16(bytes, 0, wide, 0, wide.length);
        assertEquals(0x1p-24f, wide[1], "smallest subnormal");
        assertEquals(65504f, wide[0x7bff], "largest");
        assertEquals(Float.NEGATIVE_INFINITY, wide[0xfc00]);
        byte[] back = new byte[bytes.length];
        Narrow.f16(wide, 0, back, 0, wide.length);
        for (int i = 0; i < wide.length; i++) {
            if (!Float.isNaN(wide[i])) {
                assertEquals(i, LittleEndian.getShort(back, 2 * i) & 0xffff);
            }
        }
    }

    @Test
    void bfloat16RoundsHalfToEven() {
        assertEquals((short) 0x3f80, Narrow.bf16(Float.intBitsToFloat(0x3f808000)), "down to even");
        assertEquals((short) 0x3f82, Narrow.bf16(Float.intBitsToFloat(0x3f818000)), "up to even");
        assertEquals((short) 0x3f81, Narrow.bf16(Float.intBitsToFloat(0x3f808001)), "above half");
        assertEquals((short) 0x7f80, Narrow.bf16(Float.MAX_VALUE), "up to infinity");
        assertEquals((short) 0xffc1, Narrow.bf16(Float.intBitsToFloat(0xff810000)), "quiet NaN");
        assertEquals((short) 0x8000, Narrow.bf16(-0f));
    }

    /** Editions agree at lengths around every width, wherever the numbers start. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 100, 257, 4099})
    void editionsAgree(int count) {
        Random random = new Random(count);
        byte[] bytes = new byte[2 * count + 7];
        random.nextBytes(bytes);
        for (int from = 0; from < 4; from++) {
            float[] expected = new float[count + 3];
            float[] actual = new float[count + 3];
            Widen.bf16Scalar(bytes, from, expected, 2, count);
            WidenVectors.bf16(bytes, from, actual, 2, count);
            assertArrayEquals(bits(expected), bits(actual));

            byte[] expectedBytes = new byte[2 * count + 7];
            byte[] actualBytes = new byte[2 * count + 7];
            float[] numbers = new float[count + 3];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Float.intBitsToFloat(random.nextInt());
            }
            Narrow.bf16Scalar(numbers, 1, expectedBytes, from, count);
            NarrowVectors.bf16(numbers, 1, actualBytes, from, count);
            assertArrayEquals(expectedBytes, actualBytes);
        }
    }

    @Test
    void floatsAreCopied() {
        float[] numbers = {1, -0f, 0x1p-149f, Float.POSITIVE_INFINITY};
        byte[] bytes = new byte[18];
        Narrow.f32(numbers, 0, bytes, 1, 4);
        assertEquals(0x3f800000, LittleEndian.getInt(bytes, 1));
        float[] back = new float[5];
        Widen.f32(bytes, 1, back, 1, 4);
        assertArrayEquals(new float[] {0, 1, -0f, 0x1p-149f, Float.POSITIVE_INFINITY}, back);
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
