package pennyweight.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * What Ctrl-C, TERM and a closed terminal do: everything that a run has begun is undone, and the
 * process ends with {@link Exit#INTERRUPTED}.
 */
final class Interruption {
    /** Something that is there until its work is done. */
    interface Guard extends AutoCloseable {
        @Override
        void close();
    }

    private final Set<Runnable> undo = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;
    private volatile boolean interrupted;
    private boolean said;

    private Interruption() {}

    /** One that no signal reaches. */
    static Interruption none() {
        return new Interruption();
    }

    /** One that the signals of this process reach. */
    static Interruption ofThisProcess() {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::stop, "interruption"));
        return interruption;
    }

    /** Has {@code action} run when the process is interrupted before the guard is closed. */
    Guard guard(Runnable action) {
        undo.add(action);
        return () -> undo.remove(action);
    }

    /**
     * A stream to which nothing comes any more once the process has said that it was interrupted:
     * that is its last word.
     */
    OutputStream untilInterrupted(OutputStream stream) {
        return new FilterOutputStream(stream) {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                synchronized (Interruption.this) {
                    if (!said) {
                        out.write(bytes, from, length);
                    }
                }
            }
        };
    }

    private synchronized void say() {
        said = true;
        System.err.println("pennyweight: interrupted");
    }

    /** The run is over: what ends the process from here on is no interruption. */
    void end() {
        awaitHalt();
        ended = true;
    }

    /**
     * Returns at once, unless the process is being interrupted: then its end is awaited, so that
     * nothing is said about files that vanished under the run.
     */
    void awaitHalt() {
        if (interrupted) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void stop() {
        if (ended) {
            return;
        }
        interrupted = true;
        try {
            undo.forEach(Runnable::run);
            say();
        } finally {
            // The JVM's own status would be 143 after TERM, and 130 after Ctrl-C alone.
            Runtime.getRuntime().halt(Exit.INTERRUPTED);
        }
    }
}
