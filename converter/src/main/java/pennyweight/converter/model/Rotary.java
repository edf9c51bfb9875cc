package pennyweight.converter.model;

import java.util.List;

/**
 * Rotary position embedding of the first {@code dimensions} of each head, pairs half-split: element
 * i with element i + dimensions/2. The angle of pair i is position * theta^(-2i/dimensions).
 *
 * @param sections pairs of each position axis (time, height, width). Of text the three positions
 *     are equal, and the sections do not matter
 */
public record Rotary(int headDim, int dimensions, double theta, List<Integer> sections) {
    public Rotary {
        sections = List.copyOf(sections);
    }

    /**
     * The axis whose position turns a pair, in the interleaved order of Qwen3-VL: height, width and
     * time take turns, until the first two have their sections; the rest is time (transformers
     * {@code apply_interleaved_mrope}).
     */
    public Axis axis(int pair) {
        if (pair % 3 == 1 && pair / 3 < sections.get(1)) {
            return Axis.HEIGHT;
        }
        if (pair % 3 == 2 && pair / 3 < sections.get(2)) {
            return Axis.WIDTH;
        }
        return Axis.TIME;
    }

    /** A position axis of a token. */
    public enum Axis {
        TIME,
        HEIGHT,
        WIDTH
    }
}
