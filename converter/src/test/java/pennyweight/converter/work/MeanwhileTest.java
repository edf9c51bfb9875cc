package pennyweight.converter.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class MeanwhileTest {
    @Test
    void bothRunAtOnceAndBothAreWaitedFor() {
        CountDownLatch computed = new CountDownLatch(1);
        AtomicBoolean waited = new AtomicBoolean();
        int result =
                Meanwhile.both(
                        () -> {
                            await(computed);
                            waited.set(true);
                        },
                        () -> {
                            computed.countDown();
                            return 7;
                        });
        assertEquals(7, result);
        assertTrue(waited.get());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatEitherThrowsArrivesUnchangedAfterTheOtherHasEnded() {
        IllegalStateException broken = new IllegalStateException("disk");
        assertSame(
                broken,
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                Meanwhile.both(
                                        () -> {
                                            throw broken;
                                        },
                                        () -> 1)));
        AtomicBoolean waited = new AtomicBoolean();
        assertSame(
                broken,
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                Meanwhile.both(
                                        () -> waited.set(true),
                                        () -> {
                                            throw broken;
                                        })));
        assertTrue(waited.get());
    }
}
