package pennyweight.cli;

import java.io.PrintStream;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
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
    private @Nullable BarLine line;

    BarDisplay(PrintStream err) {
        this.err = err;
    }

    @Override
    public synchronized void begin(String what, long total, String unit) {
        close();
        BarLine on = new BarLine(err);
        ProgressBarBuilder builder =
                new ProgressBarBuilder()
                        .setTaskName(what)
                        .setInitialMax(total)
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(REDRAW_MILLIS)
                        .setSpeedUnit(ChronoUnit.SECONDS)
                        .setConsumer(on);
        boolean bytes = unit.equals("B");
        builder.setUnit(bytes ? " MB" : " " + unit, bytes ? MEGABYTE : 1);
        line = on;
        bar = builder.showSpeed(rate()).build();
    }

    private static DecimalFormat rate() {
        return new DecimalFormat("#,##0.0", DecimalFormatSymbols.getInstance(Locale.ROOT));
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
        BarLine on = line;
        if (on != null) {
            on.close();
            line = null;
        }
    }

    /** The line that a bar is on. The library forgets to end it where a bar was never redrawn. */
    private static final class BarLine extends ConsoleProgressBarConsumer {
        private boolean ended;

        BarLine(PrintStream err) {
            super(err, WIDTH);
        }

        @Override
        public void close() {
            if (!ended) {
                ended = true;
                super.close();
            }
        }
    }
}
