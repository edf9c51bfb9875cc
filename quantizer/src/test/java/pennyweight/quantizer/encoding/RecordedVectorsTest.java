package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;

/** Bytes that ONNX Runtime and ggml made of numbers of every awkward kind. */
class RecordedVectorsTest {
    @ParameterizedTest
    @CsvFileSource(resources = "matmul-nbits.csv")
    void matMulNBitsIsOnnxRuntimes(
            int bits,
            int block,
            String numbers,
            int rows,
            int columns,
            long seed,
            String codes,
            String scales) {
        byte[][] planes =
                Checkpoint.encode(
                        new MatMulNBits(bits, block), matrix(numbers, rows, columns, seed));
        assertEquals(scales, Checkpoint.sha256(planes[1]), "scales");
        assertEquals(codes, Checkpoint.sha256(planes[0]), "codes");
    }

    @ParameterizedTest
    @CsvFileSource(resources = "gguf-block.csv")
    void ggufBlockIsGgmls(
            GgufBlock.Type type,
            String numbers,
            int rows,
            int columns,
            long seed,
            String bytes,
            String decoded) {
        Encoding encoding = new GgufBlock(type);
        byte[][] planes = Checkpoint.encode(encoding, matrix(numbers, rows, columns, seed));
        assertEquals(bytes, Checkpoint.sha256(planes[0]), "bytes");

        float[] back = new float[rows * columns];
        encoding.decode(planes, rows, columns, back);
        ByteBuffer raw =
                ByteBuffer.allocate(back.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : back) {
            raw.putInt(Float.floatToIntBits(v));
        }
        assertEquals(decoded, Checkpoint.sha256(raw.array()), "decoded");
    }

    private static Matrix matrix(String numbers, int rows, int columns, long seed) {
        float[] values = Numbers.valueOf(numbers.toUpperCase(Locale.ROOT)).of(rows * columns, seed);
        return new Matrix(rows, columns, values);
    }
}
