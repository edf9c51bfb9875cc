package pennyweight.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "1M, 1000000",
        "500M, 500000000",
        "2G, 2000000000",
        "999999999G, 999999999000000000"
    })
    void sizesArePowersOfTen(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "M", "5", "5K", "5m", "0M", "-1M", "1.5G", "1 G", "9999999999M", "5MB"})
    void otherSizesAreRefused(String text) {
        Refusal refusal = assertThrows(Refusal.class, () -> ByteSize.parse(text));
        assertEquals(Refusal.Kind.USAGE, refusal.kind());
    }
}
