package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Bytes that ggml made of numbers of every awkward kind with importance weights. */
class SymmetricFamilyRecordedTest {
    @ParameterizedTest
    @CsvFileSource(resources = "gguf-block-weighted.csv")
    void weightedBytesAreGgmls(
            GgufBlock.Type type,
            String numbers,
            String weights,
            int rows,
            int columns,
            long seed,
            String bytes) {
        Encoding encoding = new GgufBlock(type);
        float[] values = Numbers.valueOf(numbers.toUpperCase(Locale.ROOT)).of(rows * columns, seed);
        float[] w = Weights.valueOf(weights.toUpperCase(Locale.ROOT)).of(columns, seed);
        byte[][] planes = {new byte[(int) encoding.bytes(rows, columns)]};
        encoding.encode(values, rows, columns, Importance.of(w), planes);
        assertEquals(bytes, Checkpoint.sha256(planes[0]));
    }
}
