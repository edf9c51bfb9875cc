package pennyweight.cli;

import java.io.PrintStream;
import java.time.temporal.ChronoUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Progress for a terminal: a bar with rate and time left. */
final class BarDisplay implements Display {
    private static final int REDRAW_MILLIS = 250;

    /** A width of its own: asking the terminal needs a native library, which warns where absent. */
    private static final int WIDTH = 79;

    private static final long MEGABYTE = 1_000_000;

    private final PrintStream err;
    private @Nullable ProgressBar bar;

    BarDisplay(PrintStream err) {
        this.err = err;
    }

    @Override
    public synchronized void begin(String what, long total, String unit) {
        close();
        ProgressBarBuilder builder =
                new ProgressBarBuilder()
                        .setTaskName(what)
                        .setInitialMax(total)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(REDRAW_MILLIS)
                        .setSpeedUnit(ChronoUnit.SECONDS)
                        .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH));
        boolean bytes = unit.equals("B");
        builder.setUnit(bytes ? " MB" : " " + unit, bytes ? MEGABYTE : 1);
        bar = builder.showSpeed().build();
    }

    @Override
    public synchronized void advance(long units) {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.stepBy(units);
        }
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public synchronized void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
            bar = null;
        }
    }
}
