package pennyweight.converter.image;

import java.util.Objects;

/**
 * Frames of one size in RGB, 8 bits a channel: one frame is an image, two or more are a piece of a
 * video.
 */
public final class Pixels {
    /** Red, green, blue. */
    public static final int CHANNELS = 3;

    /** One pixel's channel, 0 to 255. */
    @FunctionalInterface
    public interface Source {
        int of(int frame, int channel, int row, int column);
    }

    private final int frames;
    private final int height;
    private final int width;
    private final byte[] values;

    /**
     * @param values {@code [frames, channel, row, column]}, unsigned, copied
     */
    public Pixels(int frames, int height, int width, byte[] values) {
        int frame = Math.multiplyExact(CHANNELS, Math.multiplyExact(height, width));
        if (frames < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException(frames + " frames of " + height + " x " + width);
        }
        Objects.checkFromIndexSize(0, Math.multiplyExact(frames, frame), values.length);
        this.frames = frames;
        this.height = height;
        this.width = width;
        this.values = values.clone();
    }

    /** Pixels by a formula. */
    public static Pixels of(int frames, int height, int width, Source source) {
        byte[] values = new byte[frames * CHANNELS * height * width];
        int i = 0;
        for (int t = 0; t < frames; t++) {
            for (int c = 0; c < CHANNELS; c++) {
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        values[i++] = (byte) source.of(t, c, y, x);
                    }
                }
            }
        }
        return new Pixels(frames, height, width, values);
    }

    public int frames() {
        return frames;
    }

    public int height() {
        return height;
    }

    public int width() {
        return width;
    }

    /** 0 to 255. */
    public int get(int frame, int channel, int row, int column) {
        Objects.checkIndex(frame, frames);
        Objects.checkIndex(row, height);
        Objects.checkIndex(column, width);
        return values[((frame * CHANNELS + channel) * height + row) * width + column] & 0xff;
    }
}
