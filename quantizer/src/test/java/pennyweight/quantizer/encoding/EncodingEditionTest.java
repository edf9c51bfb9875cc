package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector edition of every encoder gives the scalar edition's bytes, at every vector width. */
class EncodingEditionTest {
    private static final int ROUNDS = 12;

    @FunctionalInterface
    private interface Encoder {
        void encode(float[] values, int from, int blocks, byte[] bytes, int at);
    }

    private static void compare(
            Numbers numbers, int size, int bytes, Encoder scalar, Encoder vectors) {
        for (int round = 0; round < ROUNDS; round++) {
            // Odd numbers of blocks leave a tail that does not fill the lanes.
            int blocks = 1 + round;
            int from = 3 * round;
            int at = 2 * round;
            float[] values = numbers.of(from + blocks * size + 5, 100 + round);
            byte[] expected = new byte[at + blocks * bytes + 1];
            byte[] actual = new byte[expected.length];
            scalar.encode(values, from, blocks, expected, at);
            vectors.encode(values, from, blocks, actual, at);
            assertArrayEquals(expected, actual, numbers + ", " + blocks + " blocks");
        }
    }

    @ParameterizedTest
    @EnumSource
    void q40(Numbers numbers) {
        ScaledBlock type = ScaledBlock.Q4_0;
        compare(numbers, ScaledBlock.SIZE, type.bytes, type::encodeScalar, type::encode);
    }

    @ParameterizedTest
    @EnumSource
    void q80(Numbers numbers) {
        compare(numbers, Q80.SIZE, Q80.BYTES, Q80::encodeScalar, Q80Vectors::encode);
    }

    @ParameterizedTest
    @EnumSource
    void q6k(Numbers numbers) {
        compare(numbers, Q6K.SIZE, Q6K.BYTES, Q6K::encodeScalar, Q6KVectors::encode);
    }

    @ParameterizedTest
    @EnumSource
    void affine(Numbers numbers) {
        for (int bits : new int[] {2, 3, 4, 5, 6, 8}) {
            for (int group : new int[] {32, 64, 128}) {
                // Less than a run of groups, whole runs, and what is left after them.
                for (int groups : new int[] {7, 32, 64, 81}) {
                    Affine encoding = new Affine(bits, group, Plain.Type.F32);
                    float[] values = numbers.of(groups * group, bits * group + groups);
                    byte[][] expected = planes(encoding, groups, group);
                    byte[][] actual = planes(encoding, groups, group);
                    encoding.encodeScalar(values, groups, expected);
                    AffineVectors.encode(encoding, values, groups, actual);
                    assertPlanes(expected, actual, encoding.label() + ", " + groups + " groups");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void floatBlocks(Numbers numbers) {
        for (FloatBlock.Mode mode : FloatBlock.Mode.values()) {
            for (Plain.Type type : Plain.Type.values()) {
                FloatBlock encoding = new FloatBlock(mode, type);
                int groups = 61;
                float[] values = numbers.of(groups * mode.group(), mode.ordinal());
                for (int i = 0; i < values.length; i++) {
                    float stored = type.round(values[i]);
                    values[i] = Float.isFinite(stored) ? stored : 1000;
                }
                byte[][] expected = planes(encoding, groups, mode.group());
                byte[][] actual = planes(encoding, groups, mode.group());
                encoding.encodeScalar(values, groups, expected);
                FloatBlockVectors.encode(encoding, values, groups, actual);
                assertPlanes(expected, actual, encoding.label() + " of " + type);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void matMulNBits(Numbers numbers) {
        for (int bits : new int[] {4, 8}) {
            for (int block : new int[] {16, 32, 64, 128, 256}) {
                MatMulNBits encoding = new MatMulNBits(bits, block);
                int rows = 3;
                int columns = 2 * block + 8;
                float[] values = numbers.of(rows * columns, bits * block);
                byte[][] expected = planes(encoding, rows, columns);
                byte[][] actual = planes(encoding, rows, columns);
                encoding.encodeScalar(values, rows, columns, expected);
                MatMulNBitsVectors.encode(encoding, values, rows, columns, actual);
                assertPlanes(expected, actual, encoding.label());
            }
        }
    }

    /** Bits that are not a code's own are dropped, and bytes beside the run are left alone. */
    @ParameterizedTest
    @CsvSource({
        "0, 32, 2, 4, 0, 3",
        "64, 32, 2, 4, 0, 16",
        "128, 32, 4, 2, 0, 48",
        "0, 32, 8, 1, 4, 16",
        "0, 64, 2, 3, 1, 5",
        "8, 16, 2, 4, 0, 2"
    })
    void interleaved(int from, int width, int parts, int bits, int drop, int at) {
        Interleaved run = new Interleaved(from, width, parts, bits, drop, at);
        byte[] codes = new byte[256];
        new Random(at).nextBytes(codes);
        byte[] expected = new byte[7 + at + width + 1];
        Arrays.fill(expected, (byte) 0x5a);
        byte[] actual = expected.clone();
        run.packScalar(codes, expected, 7);
        run.pack(codes, actual, 7);
        assertArrayEquals(expected, actual);
    }

    @Test
    void codesOfQ6K() {
        byte[] codes = new byte[Q6K.SIZE];
        Random random = new Random(6);
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) random.nextInt(64);
        }
        byte[] expected = new byte[Q6K.BYTES + 3];
        byte[] actual = new byte[expected.length];
        Q6K.pack(codes, expected, 3);
        Q6KVectors.pack(codes, actual, 3);
        assertArrayEquals(expected, actual);
    }

    /** Many more numbers than the kinds above, for the rare accident of rounding. */
    @ParameterizedTest
    @CsvSource({"UNIFORM", "SHARP", "BF16"})
    void manyBlocks(Numbers numbers) {
        float[] values = numbers.of(256 * 256, 4711);
        byte[] expected = new byte[256 * Q6K.BYTES];
        byte[] actual = new byte[256 * Q6K.BYTES];
        Q6K.encodeScalar(values, 0, 256, expected, 0);
        Q6KVectors.encode(values, 0, 256, actual, 0);
        assertArrayEquals(expected, actual, "Q6_K");
    }

    /** Both ends as large, in either order: the sign of the scale depends on which comes first. */
    @Test
    void firstOfTwoExtremesCounts() {
        for (int first = 0; first < 31; first++) {
            for (int second = first + 1; second < 32; second++) {
                float[] values = new float[32];
                values[first] = first % 2 == 0 ? 3 : -3;
                values[second] = -values[first];
                byte[] expected = new byte[ScaledBlock.Q4_0.bytes];
                byte[] actual = new byte[ScaledBlock.Q4_0.bytes];
                ScaledBlock.Q4_0.encodeScalar(values, 0, 1, expected, 0);
                ScaledBlockVectors.encode(ScaledBlock.Q4_0, values, 0, 1, actual, 0);
                assertArrayEquals(expected, actual, first + " before " + second);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 15, 16, 17, 32, 63, 256})
    void codesToNumbers(int count) {
        byte[] codes = new byte[count + 3];
        new Random(count).nextBytes(codes);
        for (int signs : new int[] {Codes.UNSIGNED, Codes.SIGNED}) {
            for (int zero : new int[] {0, 8, 128}) {
                for (float bias : new float[] {Codes.NO_BIAS, 0f, -0.7f}) {
                    float[] expected = new float[count + 2];
                    float[] actual = new float[count + 2];
                    Codes.toNumbersScalar(codes, 3, count, signs, zero, -0.3f, bias, expected, 1);
                    CodesVectors.toNumbers(codes, 3, count, signs, zero, -0.3f, bias, actual, 1);
                    assertArrayEquals(expected, actual);
                }
            }
        }
    }

    private static byte[][] planes(Encoding encoding, int rows, int columns) {
        byte[][] planes = new byte[encoding.planes()][];
        for (int p = 0; p < planes.length; p++) {
            planes[p] = new byte[(int) (rows * encoding.rowBytes(p, columns))];
        }
        return planes;
    }

    private static void assertPlanes(byte[][] expected, byte[][] actual, String label) {
        for (int p = 0; p < expected.length; p++) {
            assertArrayEquals(expected[p], actual[p], label + " plane " + p);
        }
    }
}
