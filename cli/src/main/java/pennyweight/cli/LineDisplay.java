package pennyweight.cli;

import java.io.PrintWriter;
import java.time.Duration;

/** Progress for logs: a line when a stretch of work begins and ends, and now and then between. */
final class LineDisplay implements Display {
    private static final long INTERVAL = Duration.ofSeconds(5).toNanos();

    private final PrintWriter err;
    private String what = "";
    private long total;
    private long done;
    private long began;
    private long said;

    LineDisplay(PrintWriter err) {
        this.err = err;
    }

    @Override
    public synchronized void begin(String what, long total, String unit) {
        this.what = what;
        this.total = total;
        done = 0;
        began = System.nanoTime();
        said = began;
        err.println(what + (total > 1 ? ": " + Text.count(total) + " " + unit : ""));
    }

    @Override
    public synchronized void advance(long units) {
        done += units;
        long now = System.nanoTime();
        if (now - said >= INTERVAL && total > 0 && done < total) {
            said = now;
            err.println(what + ": " + done * 100 / total + " %");
        }
    }

    @Override
    public synchronized void end() {
        double seconds = (System.nanoTime() - began) / 1e9;
        err.println(what + ": done in " + Text.decimals(seconds, 1) + " s");
    }

    @Override
    public void close() {
        err.flush();
    }
}
