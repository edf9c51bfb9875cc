package pennyweight.converter.work;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fixed number of threads that share pieces of work among them. What a piece computes must not
 * depend on the thread that does it, so results never depend on their number.
 */
public final class Workers implements AutoCloseable {
    /** A piece of work. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does a piece.
         *
         * @param worker number of the thread below {@link #jobs()}: no two at a time have the same,
         *     so it may index scratch memory
         * @param piece number of the piece
         */
        void run(int worker, int piece);
    }

    private final int jobs;
    private final ExecutorService threads;

    /**
     * @param jobs how many threads, at least 1
     */
    public Workers(int jobs) {
        if (jobs < 1) {
            throw new IllegalArgumentException("jobs: " + jobs);
        }
        this.jobs = jobs;
        this.threads =
                Executors.newFixedThreadPool(
                        jobs, Thread.ofPlatform().daemon().name("reference-", 0).factory());
    }

    public int jobs() {
        return jobs;
    }

    /**
     * Does all pieces, and returns when the last is done. To be called by one thread at a time. If
     * a piece throws, no further piece is begun, and its exception is thrown here.
     */
    public void forEach(int pieces, Task task) {
        if (jobs == 1 || pieces <= 1) {
            for (int p = 0; p < pieces; p++) {
                task.run(0, p);
            }
            return;
        }
        AtomicInteger next = new AtomicInteger();
        List<Callable<Boolean>> all = new ArrayList<>();
        for (int w = 0; w < Math.min(jobs, pieces); w++) {
            int worker = w;
            all.add(() -> pull(next, pieces, worker, task));
        }
        try {
            for (Future<Boolean> f : threads.invokeAll(all)) {
                f.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    private static boolean pull(AtomicInteger next, int pieces, int worker, Task task) {
        boolean done = false;
        try {
            for (int p = next.getAndIncrement(); p < pieces; p = next.getAndIncrement()) {
                task.run(worker, p);
            }
            done = true;
        } finally {
            if (!done) {
                next.set(pieces);
            }
        }
        return done;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
