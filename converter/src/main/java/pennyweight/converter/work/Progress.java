package pennyweight.converter.work;

/** Hears how far a run is. Called from worker threads. */
public interface Progress {
    /** A stretch of work begins: {@code total} units of {@code unit}. */
    void begin(String what, long total, String unit);

    /** {@code units} more are done. */
    void advance(long units);

    /** The stretch is over. */
    void end();

    /** Hears nothing. */
    Progress SILENT =
            new Progress() {
                @Override
                public void begin(String what, long total, String unit) {}

                @Override
                public void advance(long units) {}

                @Override
                public void end() {}
            };
}
