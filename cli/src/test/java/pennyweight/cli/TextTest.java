package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 7, 999, 1000, 99_999, 123_456, 1_000_000, Long.MAX_VALUE})
    void countsAreWrittenAsAFormatWritesThem(long n) {
        assertEquals(String.format(Locale.ROOT, "%,d", n), Text.count(n));
    }

    @Test
    void decimalsAreWrittenAsAFormatWritesThem() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            double value = random.nextDouble() * Math.pow(10, random.nextInt(-6, 6));
            int digits = random.nextInt(1, 6);
            assertEquals(
                    String.format(Locale.ROOT, "%." + digits + "f", value),
                    Text.decimals(value, digits));
        }
        assertEquals("0.13", Text.decimals(0.125, 2));
        assertEquals("1.0", Text.decimals(0.96, 1));
    }

    @Test
    void whatIsNoNumberIsWrittenAllTheSame() {
        assertEquals("-", Text.decimals(Double.NaN, 3));
        assertEquals("Infinity", Text.decimals(Double.POSITIVE_INFINITY, 3));
    }
}
