package pennyweight.converter.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LogitsTest {
    private static final Logits TWO = Logits.of(new float[] {1, 5, 2, 4, 3, 4}, 2, 3);

    @Test
    void columnsAndRowsAreParts() {
        float[] columns = new float[4];
        TWO.columns(1, 2, columns);
        assertArrayEquals(new float[] {5, 2, 3, 4}, columns);
        assertArrayEquals(new float[] {1, 5, 2}, TWO.token(0).all());
        assertArrayEquals(new float[] {4, 3, 4}, TWO.last().all());
        assertThrows(IndexOutOfBoundsException.class, () -> TWO.columns(2, 2, columns));
        assertThrows(IndexOutOfBoundsException.class, () -> TWO.token(2));
    }

    @Test
    void greedyChoosesTheFirstOfEqualsAfterTheLastToken() {
        assertEquals(0, TWO.greedy());
        assertEquals(1, TWO.token(0).greedy());
        float[] many = new float[70_000];
        Arrays.fill(many, -3);
        many[69_999] = -2;
        assertEquals(69_999, Logits.of(many, 1, many.length).greedy());
    }

    @Test
    void aHeadIsMultipliedInPartsOfAnySize() {
        Checkpoint checkpoint = Checkpoint.open("micro4b");
        try (ForwardPass pass = new ForwardPass(checkpoint.model(), checkpoint, 2)) {
            Logits logits = pass.begin().prefill(7, 300, 2000, 41, 5);
            float[] all = logits.all();
            int vocabulary = logits.vocabulary();
            float[] columns = new float[5 * 333];
            logits.columns(1000, 333, columns);
            for (int t = 0; t < 5; t++) {
                assertArrayEquals(
                        Arrays.copyOfRange(all, t * vocabulary + 1000, t * vocabulary + 1333),
                        Arrays.copyOfRange(columns, t * 333, (t + 1) * 333));
            }
            assertArrayEquals(
                    Arrays.copyOfRange(all, 3 * vocabulary, 4 * vocabulary), logits.token(3).all());
        }
    }
}
