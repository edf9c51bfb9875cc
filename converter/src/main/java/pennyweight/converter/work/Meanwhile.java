package pennyweight.converter.work;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Two things at once: one that waits for a device, one that computes. */
public final class Meanwhile {
    private Meanwhile() {}

    /**
     * Runs {@code waiting} in the background and {@code computing} here; returns when both have
     * ended.
     *
     * @throws RuntimeException what either of them threw, unchanged; of both, what {@code
     *     computing} threw
     */
    public static <T> T both(Runnable waiting, Supplier<T> computing) {
        // Closing waits for the task, whatever happens here.
        try (ExecutorService background = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> task = background.submit(waiting);
            T result = computing.get();
            task.get();
            return result;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
