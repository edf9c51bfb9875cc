package pennyweight.converter.work;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void everyPieceIsDoneOnceByAWorkerOfItsOwn(int jobs) {
        int pieces = 1000;
        AtomicIntegerArray done = new AtomicIntegerArray(pieces);
        int[] perWorker = new int[jobs];
        try (Workers workers = new Workers(jobs)) {
            workers.forEach(
                    pieces,
                    (worker, piece) -> {
                        done.incrementAndGet(piece);
                        perWorker[worker]++;
                    });
        }
        int[] once = new int[pieces];
        Arrays.fill(once, 1);
        int[] counts = new int[pieces];
        Arrays.setAll(counts, done::get);
        assertArrayEquals(once, counts);
        assertEquals(pieces, Arrays.stream(perWorker).sum());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aFailureReachesTheCallerAndEndsTheWork(int jobs) {
        IllegalStateException failure = new IllegalStateException("piece 3");
        AtomicIntegerArray done = new AtomicIntegerArray(100_000);
        try (Workers workers = new Workers(jobs)) {
            Exception thrown =
                    assertThrows(
                            IllegalStateException.class,
                            () ->
                                    workers.forEach(
                                            done.length(),
                                            (worker, piece) -> {
                                                if (piece == 3) {
                                                    throw failure;
                                                }
                                                done.set(piece, 1);
                                            }));
            assertSame(failure, thrown);
            assertEquals(0, done.get(3));
            workers.forEach(2, (worker, piece) -> done.set(piece, 2));
            assertEquals(2, done.get(1));
        }
    }

    @Test
    void wantsAtLeastOneThread() {
        assertThrows(IllegalArgumentException.class, () -> new Workers(0));
    }
}
