package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;

/** The affine encoding on groups that a reader can work out by hand. */
class AffineTest {
    /** Little-endian words, first word first. */
    private static String words(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i += 4) {
            text.append(text.isEmpty() ? "" : " ");
            for (int b = 3; b >= 0; b--) {
                text.append(HexFormat.of().withUpperCase().toHexDigits(bytes[i + b]));
            }
        }
        return text.toString();
    }

    private static byte[][] encode(Affine encoding, float[] row) {
        return Checkpoint.encode(encoding, new Matrix(1, row.length, row));
    }

    /**
     * Codes 0, 1, 2, ... of a group whose numbers are its codes: one bit stream, low bits first.
     */
    @ParameterizedTest
    @CsvSource({
        "2, E4E4E4E4 E4E4E4E4",
        "3, 88FAC688 C688FAC6 FAC688FA",
        "4, 76543210 FEDCBA98 76543210 FEDCBA98",
        "5, 8A418820 C5A92839 CA307B9A 38BDAB49 FFBBCDEB",
        "6, 440C2040 A2481C61 3CE34C2C 544D2450 A6585D65 7DE75C6D",
        "8, 03020100 07060504 0B0A0908 0F0E0D0C 13121110 17161514 1B1A1918 1F1E1D1C"
    })
    void packsABitStream(int bits, String expected) {
        int[] codes = new int[32];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = i % (1 << bits);
        }
        byte[] bytes = new byte[4 * bits];
        new Affine(bits, 32, Plain.Type.BF16).pack(codes, bytes, 0);
        assertEquals(expected, words(bytes));

        byte[] packed = new byte[4 * bits];
        byte[] back = new byte[32];
        for (int i = 0; i < codes.length; i++) {
            back[i] = (byte) codes[i];
        }
        BitPacking.pack(back, back.length, bits, packed, 0);
        assertArrayEquals(bytes, packed, "eight codes at a time");
        byte[] unpacked = new byte[32];
        BitPacking.unpack(packed, 0, bits, unpacked, 32);
        assertArrayEquals(back, unpacked);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 8})
    void packsAnyNumberOfCodesAsOneByOne(int bits) {
        Random random = new Random(bits);
        for (int count = 0; count <= 512; count += 8) {
            byte[] codes = new byte[count + 8];
            random.nextBytes(codes);
            byte[] expected = new byte[5 + count / 8 * bits + 2];
            for (int i = 0; i < count * bits; i++) {
                int bit = codes[i / bits] >> (i % bits) & 1;
                expected[5 + i / 8] |= (byte) (bit << (i % 8));
            }
            byte[] packed = new byte[expected.length];
            BitPacking.pack(codes, count, bits, packed, 5);
            assertArrayEquals(expected, packed, count + " codes, and nothing beside them");
        }
    }

    @Test
    void dominantPositiveEndMakesANegativeScale() {
        float[] row = new float[32];
        for (int i = 0; i < 32; i++) {
            row[i] = (i - 11) / 8f;
        }
        byte[][] planes = encode(new Affine(4, 32, Plain.Type.BF16), row);
        assertEquals("CCDEEEFF 889AAABC 44566678 00122234", words(planes[0]));
        assertArrayEquals(new byte[] {(byte) 0x80, (byte) 0xbe}, planes[1], "-0.25");
        assertArrayEquals(new byte[] {0x20, 0x40}, planes[2], "2.5");
    }

    @Test
    void allNegativeGroupUsesItsOwnRange() {
        float[] row = new float[32];
        for (int i = 0; i < 32; i++) {
            row[i] = -(64 - i) / 64f;
        }
        byte[][] planes = encode(new Affine(6, 32, Plain.Type.BF16), row);
        assertEquals("88184080 449038C2 79C69859 E99E58E0 5CF1BEDA FFDEF9DF", words(planes[0]));
        assertArrayEquals(new byte[] {(byte) 0xfc, 0x3b}, planes[1], "1 / 130");
        assertArrayEquals(new byte[] {(byte) 0x80, (byte) 0xbf}, planes[2], "-1");
    }

    @Test
    void zerosKeepTheSmallestScale() {
        Affine encoding = new Affine(4, 32, Plain.Type.BF16);
        byte[][] planes = encode(encoding, new float[32]);
        assertArrayEquals(new byte[16], planes[0]);
        assertArrayEquals(new byte[] {(byte) 0xd7, (byte) 0xb3}, planes[1], "-1e-7");
        float[] back = new float[32];
        encoding.decode(planes, 1, 32, back);
        assertArrayEquals(new float[32], back);
    }

    /** Every number comes back within half a step of its group, plus the rounding of the scale. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 8})
    void comesBackWithinHalfAStep(int bits) {
        for (int group : new int[] {32, 64, 128}) {
            Affine encoding = new Affine(bits, group, Plain.Type.F32);
            float[] source = Numbers.UNIFORM.of(4 * 384, bits);
            byte[][] planes = Checkpoint.encode(encoding, new Matrix(4, 384, source));
            float[] back = new float[source.length];
            encoding.decode(planes, 4, 384, back);
            // The range is at most 2; the end that is not the edge may be cut by half a step more.
            float bound = 2f / ((1 << bits) - 1);
            for (int i = 0; i < source.length; i++) {
                assertEquals(source[i], back[i], bound, "number " + i);
            }
        }
    }

    @Test
    void takesWholeGroupsOnly() {
        Affine encoding = new Affine(3, 64, Plain.Type.F16);
        assertTrue(encoding.takes(128));
        assertFalse(encoding.takes(96));
        assertFalse(encoding.takes(0));
        assertEquals(48, encoding.rowBytes(0, 128));
        assertEquals(4, encoding.rowBytes(1, 128));
        assertEquals(10 * 56, encoding.bytes(10, 128));
        assertThrows(IllegalArgumentException.class, () -> encode(encoding, new float[96]));
        assertThrows(IllegalArgumentException.class, () -> new Affine(7, 64, Plain.Type.BF16));
        assertThrows(IllegalArgumentException.class, () -> new Affine(4, 16, Plain.Type.BF16));
    }
}
