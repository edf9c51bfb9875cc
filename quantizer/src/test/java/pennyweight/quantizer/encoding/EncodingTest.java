package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.quantizer.ErrorStats;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;

/** What holds for every encoding. */
class EncodingTest {
    static List<Encoding> all() {
        return List.of(
                new Plain(Plain.Type.F32),
                new Plain(Plain.Type.F16),
                new Plain(Plain.Type.BF16),
                new GgufBlock(GgufBlock.Type.Q4_0),
                new GgufBlock(GgufBlock.Type.Q8_0),
                new GgufBlock(GgufBlock.Type.Q4_K),
                new GgufBlock(GgufBlock.Type.Q4_1),
                new GgufBlock(GgufBlock.Type.Q5_1),
                new GgufBlock(GgufBlock.Type.Q5_0),
                new GgufBlock(GgufBlock.Type.IQ4_NL),
                new GgufBlock(GgufBlock.Type.IQ4_XS),
                new GgufBlock(GgufBlock.Type.Q2_K),
                new GgufBlock(GgufBlock.Type.Q3_K),
                new GgufBlock(GgufBlock.Type.Q5_K),
                new GgufBlock(GgufBlock.Type.Q6_K),
                new Affine(2, 64, Plain.Type.BF16),
                new Affine(3, 64, Plain.Type.BF16),
                new Affine(5, 64, Plain.Type.BF16),
                new Affine(6, 64, Plain.Type.BF16),
                new Affine(4, 32, Plain.Type.F16),
                new Affine(8, 128, Plain.Type.F32),
                new FloatBlock(FloatBlock.Mode.MXFP4, Plain.Type.BF16),
                new FloatBlock(FloatBlock.Mode.MXFP8, Plain.Type.F16),
                new FloatBlock(FloatBlock.Mode.NVFP4, Plain.Type.F32),
                new MatMulNBits(4, 32),
                new MatMulNBits(8, 64));
    }

    /** A tile of rows has the bytes of its rows: tiles may be cut anywhere. */
    @ParameterizedTest
    @MethodSource("all")
    void rowsAreIndependent(Encoding encoding) {
        int rows = 5;
        int columns = 768;
        float[] source = Numbers.SHARP.of(rows * columns, 99);
        byte[][] whole = Checkpoint.encode(encoding, new Matrix(rows, columns, source));
        for (int r = 0; r < rows; r++) {
            float[] row = new float[columns];
            System.arraycopy(source, r * columns, row, 0, columns);
            byte[][] alone = Checkpoint.encode(encoding, new Matrix(1, columns, row));
            for (int p = 0; p < alone.length; p++) {
                byte[] part = new byte[alone[p].length];
                System.arraycopy(whole[p], r * part.length, part, 0, part.length);
                assertArrayEquals(alone[p], part, "row " + r + " plane " + p);
            }
        }
    }

    /** Callers use their arrays again and again, for encodings of other lengths too. */
    @ParameterizedTest
    @MethodSource("all")
    void whatThePlanesHeldBeforeDoesNotMatter(Encoding encoding) {
        int rows = 3;
        // Rows of blocks that need padding, where an encoding has such.
        int columns = encoding.takes(776) ? 776 : 768;
        float[] source = Numbers.SHARP.of(rows * columns, 7);
        byte[][] fresh = Checkpoint.encode(encoding, new Matrix(rows, columns, source));
        byte[][] used = new byte[fresh.length][];
        for (int p = 0; p < used.length; p++) {
            used[p] = new byte[fresh[p].length + 9];
            Arrays.fill(used[p], (byte) 0xa5);
        }
        encoding.encode(source, rows, columns, used);
        for (int p = 0; p < used.length; p++) {
            byte[] expected = Arrays.copyOf(fresh[p], used[p].length);
            Arrays.fill(expected, fresh[p].length, expected.length, (byte) 0xa5);
            assertArrayEquals(expected, used[p], encoding.label() + ", plane " + p);
        }
    }

    /** More bits, less error: about half the error a bit. */
    @ParameterizedTest
    @MethodSource("all")
    void errorFitsTheBits(Encoding encoding) {
        int rows = 4;
        int columns = 768;
        float[] source = Numbers.UNIFORM.of(rows * columns, 5);
        byte[][] planes = Checkpoint.encode(encoding, new Matrix(rows, columns, source));
        float[] back = new float[source.length];
        encoding.decode(planes, rows, columns, back);
        double error = ErrorStats.of(source, back, source.length).relativeRmse();
        double bound =
                switch (encoding.label()) {
                    case "F32" -> 0;
                    case "F16" -> 0.0005;
                    case "BF16" -> 0.004;
                    // Three bits of mantissa, and one for the sign.
                    case "mxfp8" -> 2.0 / (1 << 4);
                    default -> 2.0 / (1 << encoding.bits());
                };
        assertTrue(error <= bound, encoding.label() + " error " + error);
        assertTrue(encoding.bits() == 32 || error > bound / 16, encoding.label() + " " + error);
    }

    @ParameterizedTest
    @MethodSource("all")
    void zerosComeBackAsZeros(Encoding encoding) {
        byte[][] planes = Checkpoint.encode(encoding, new Matrix(1, 256, new float[256]));
        float[] back = Numbers.UNIFORM.of(256, 1);
        encoding.decode(planes, 1, 256, back);
        for (float v : back) {
            assertEquals(0f, Math.abs(v));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void shortArraysAreRefused(Encoding encoding) {
        float[] values = new float[512];
        byte[][] planes = Checkpoint.encode(encoding, new Matrix(2, 256, values));
        assertThrows(
                IllegalArgumentException.class,
                () -> encoding.encode(new float[511], 2, 256, planes));
        assertThrows(IllegalArgumentException.class, () -> encoding.encode(values, 3, 256, planes));
        byte[][] last = planes.clone();
        last[last.length - 1] = new byte[planes[last.length - 1].length - 1];
        assertThrows(IllegalArgumentException.class, () -> encoding.decode(last, 2, 256, values));
    }

    @ParameterizedTest
    @EnumSource
    void ggufRowsAreWholeBlocks(GgufBlock.Type type) {
        Encoding encoding = new GgufBlock(type);
        assertTrue(encoding.takes(3L * type.blockSize()));
        assertFalse(encoding.takes(type.blockSize() + 1));
        assertEquals(3L * type.blockBytes(), encoding.rowBytes(0, 3L * type.blockSize()));
    }

    @Test
    void labelsAreTheFieldsOwn() {
        assertEquals(
                List.of(
                        "F32",
                        "F16",
                        "BF16",
                        "Q4_0",
                        "Q8_0",
                        "Q4_K",
                        "Q4_1",
                        "Q5_1",
                        "Q5_0",
                        "IQ4_NL",
                        "IQ4_XS",
                        "Q2_K",
                        "Q3_K",
                        "Q5_K",
                        "Q6_K",
                        "affine 2-bit g64",
                        "affine 3-bit g64",
                        "affine 5-bit g64",
                        "affine 6-bit g64",
                        "affine 4-bit g32",
                        "affine 8-bit g128",
                        "mxfp4",
                        "mxfp8",
                        "nvfp4",
                        "MatMulNBits 4-bit b32",
                        "MatMulNBits 8-bit b64"),
                all().stream().map(Encoding::label).toList());
    }
}
