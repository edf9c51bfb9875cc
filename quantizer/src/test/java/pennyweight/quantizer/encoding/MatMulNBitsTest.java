package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;

/** MatMulNBits on rows that a reader can work out by hand. */
class MatMulNBitsTest {
    /** What onnxruntime 1.32.0 made of the first 16 numbers of seed 7. */
    @Test
    void blockOfSixteenAsOnnxRuntimeWritesIt() {
        float[] row = Numbers.UNIFORM.of(16, 7);
        byte[][] planes = Checkpoint.encode(new MatMulNBits(4, 16), new Matrix(1, 16, row));
        assertArrayEquals(
                new byte[] {32, (byte) 158, 6, (byte) 186, (byte) 255, (byte) 152, (byte) 206, 30},
                planes[0]);
        assertArrayEquals(new byte[] {(byte) 0xd0, (byte) 0xad, (byte) 0xff, 0x3d}, planes[1]);
    }

    @Test
    void tailBlockIsPaddedWithZeroBytes() {
        float[] row = new float[20];
        row[0] = -8;
        row[1] = 7;
        row[16] = 16;
        row[19] = -2;
        MatMulNBits encoding = new MatMulNBits(4, 16);
        byte[][] planes = Checkpoint.encode(encoding, new Matrix(1, 20, row));
        byte middle = (byte) 0x88;
        assertArrayEquals(
                new byte[] {
                    (byte) 0xf0,
                    middle,
                    middle,
                    middle,
                    middle,
                    middle,
                    middle,
                    middle, // scale 1
                    (byte) 0x80,
                    (byte) 0x98,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0 // scale -2
                },
                planes[0]);
        float[] back = new float[20];
        encoding.decode(planes, 1, 20, back);
        for (int i = 0; i < row.length; i++) {
            assertTrue(row[i] == back[i], "number " + i + ", zeros of either sign");
        }
    }

    /** Every number comes back within half a step; the end opposite the extreme may be cut. */
    @ParameterizedTest
    @CsvSource({
        "4, 16", "4, 32", "4, 64", "4, 128", "4, 256", "8, 16", "8, 32", "8, 128", "8, 256"
    })
    void comesBackWithinAStep(int bits, int block) {
        MatMulNBits encoding = new MatMulNBits(bits, block);
        float[] source = Numbers.UNIFORM.of(3 * 328, block);
        byte[][] planes = Checkpoint.encode(encoding, new Matrix(3, 328, source));
        float[] back = new float[source.length];
        encoding.decode(planes, 3, 328, back);
        float step = 1f / (1 << (bits - 1));
        for (int i = 0; i < source.length; i++) {
            assertEquals(source[i], back[i], step, "number " + i);
        }
    }

    @Test
    void refusesWhatOnnxRuntimeDoesNotRun() {
        assertThrows(IllegalArgumentException.class, () -> new MatMulNBits(6, 32));
        assertThrows(IllegalArgumentException.class, () -> new MatMulNBits(4, 8));
        assertThrows(IllegalArgumentException.class, () -> new MatMulNBits(4, 512));
        assertThrows(IllegalArgumentException.class, () -> new MatMulNBits(4, 48));
        assertEquals(11 * 16, new MatMulNBits(4, 32).rowBytes(0, 328));
        assertEquals(44, new MatMulNBits(4, 32).rowBytes(1, 328));
    }
}
