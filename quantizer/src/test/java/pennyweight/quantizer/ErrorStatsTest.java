package pennyweight.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorStatsTest {
    @Test
    void sumsOfEveryNumber() {
        float[] source = {3, 0, 4, 0, 12, 1};
        float[] decoded = {3, 1, 2, 0, 12, -1};
        assertEquals(new ErrorStats(9, 170, 6), ErrorStats.of(source, decoded, 6));
        assertEquals(new ErrorStats(5, 169, 5), ErrorStats.of(source, decoded, 5));
        assertEquals(Math.sqrt(9.0 / 170), ErrorStats.of(source, decoded, 6).relativeRmse());
    }

    @Test
    void tilesMergeToTheWhole() {
        ErrorStats a = new ErrorStats(1, 4, 10);
        ErrorStats b = new ErrorStats(2, 5, 20);
        assertEquals(new ErrorStats(3, 9, 30), ErrorStats.merge(List.of(a, b)));
        assertEquals(ErrorStats.NONE, ErrorStats.merge(List.of()));
    }

    @Test
    void zerosThatComeBackAreExact() {
        assertEquals(0, ErrorStats.of(new float[8], new float[8], 8).relativeRmse());
        assertEquals(0, ErrorStats.NONE.relativeRmse());
        float[] ones = {1, 1};
        assertEquals(Double.POSITIVE_INFINITY, ErrorStats.of(new float[2], ones, 2).relativeRmse());
    }
}
