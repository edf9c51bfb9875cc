package pennyweight.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import pennyweight.converter.work.Progress;

/** Progress that is shown. Closing it ends whatever line it is on. */
interface Display extends Progress, AutoCloseable {
    @Override
    void close();

    /**
     * A bar with rate and time left on a terminal; elsewhere plain lines, since redraws fill logs.
     *
     * @param quiet whether nothing is shown
     */
    static Display of(PrintWriter err, boolean quiet) {
        if (quiet) {
            return new SilentDisplay();
        }
        PrintStream stream = System.err;
        return Terminal.isStderr() ? new BarDisplay(stream) : new LineDisplay(err);
    }
}
