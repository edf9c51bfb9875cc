package pennyweight.converter.work;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import pennyweight.quantizer.encoding.Affine;
import pennyweight.quantizer.encoding.GgufBlock;
import pennyweight.quantizer.encoding.MatMulNBits;
import pennyweight.quantizer.encoding.Plain;

final class KernelWarmUpTest {
    private static long running() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().equals("warm-up"))
                .count();
    }

    @Test
    void endsByItselfAndWithoutFailure() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> failure.set(e));
        try {
            KernelWarmUp.begin(
                    Set.of(
                            new GgufBlock(GgufBlock.Type.Q4_K),
                            new Affine(4, 128, Plain.Type.BF16),
                            new MatMulNBits(8, 256),
                            new Plain(Plain.Type.F16)));
            for (int i = 0; i < 600 && running() > 0; i++) {
                Thread.sleep(100);
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertEquals(0, running());
        assertEquals(null, failure.get());
    }
}
