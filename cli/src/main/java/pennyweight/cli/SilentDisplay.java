package pennyweight.cli;

/** Shows nothing. */
final class SilentDisplay implements Display {
    @Override
    public void begin(String what, long total, String unit) {}

    @Override
    public void advance(long units) {}

    @Override
    public void end() {}

    @Override
    public void close() {}
}
