package pennyweight.converter.model.qwen35;

import java.util.List;
import java.util.Set;
import pennyweight.converter.model.ConfigFields;
import pennyweight.formats.json.JsonFile;

/**
 * The rotary embedding that a config describes: {@code rope_parameters}, or {@code rope_theta} and
 * {@code rope_scaling} in configs written before transformers 5.
 *
 * @param dimensions rotated numbers of each head
 * @param sections pairs of each position axis
 */
record RopeConfig(double theta, int dimensions, List<Integer> sections) {
    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final String THETA = "rope_theta";
    private static final String FACTOR = "partial_rotary_factor";
    private static final String SECTIONS = "mrope_section";

    /** "mrope" is an older name of the default type, with sections. */
    private static final Set<String> TYPES = Set.of("default", "mrope");

    private static final double DEFAULT_FACTOR = 0.25;

    /** Default of {@code Qwen3_5TextRotaryEmbedding}. */
    private static final List<Integer> DEFAULT_SECTIONS = List.of(11, 11, 10);

    static RopeConfig read(ConfigFields text, int headDim) {
        // As transformers does: a rope_scaling that someone added overrules rope_parameters.
        String name = text.has(SCALING) ? SCALING : PARAMETERS;
        ConfigFields rope =
                text.object(name)
                        .orElseGet(() -> {
                            if (text.has(THETA)) {
                                return text;
                            }
                            throw text.bad(PARAMETERS, "is missing");
                        });
        checkType(rope);
        double theta =
                rope.number(THETA)
                        .or(() -> text.number(THETA))
                        .orElseThrow(() -> rope.bad(THETA, "is missing"));
        if (theta <= 0) {
            throw (rope.has(THETA) ? rope : text).bad(THETA, "is " + theta + ", not positive");
        }
        int dimensions = dimensions(rope.has(FACTOR) ? rope : text, headDim);
        List<Integer> sections = rope.counts(SECTIONS).orElse(DEFAULT_SECTIONS);
        long pairs = sections.stream().mapToLong(Integer::longValue).sum();
        if (sections.size() != 3 || pairs != dimensions / 2) {
            throw rope.bad(
                    SECTIONS,
                    "is "
                            + JsonFile.printable(sections.toString())
                            + ", where three numbers with the sum "
                            + dimensions / 2
                            + " are wanted");
        }
        return new RopeConfig(theta, dimensions, sections);
    }

    private static void checkType(ConfigFields rope) {
        String field = rope.has("rope_type") ? "rope_type" : "type";
        String type = rope.text(field).orElse("default");
        if (!TYPES.contains(type)) {
            throw rope.notSupported(
                    field,
                    "is " + JsonFile.printable(type) + ", where only default is supported",
                    "set it to default, which is right up to the length the model was trained on");
        }
    }

    private static int dimensions(ConfigFields fields, int headDim) {
        double factor = fields.number(FACTOR).orElse(DEFAULT_FACTOR);
        int dimensions = factor > 0 && factor <= 1 ? (int) (headDim * factor) : 0;
        if (dimensions < 2 || dimensions % 2 != 0) {
            throw fields.bad(
                    FACTOR,
                    "is "
                            + factor
                            + ", which rotates no even number of a head's "
                            + headDim
                            + " numbers");
        }
        return dimensions;
    }
}
