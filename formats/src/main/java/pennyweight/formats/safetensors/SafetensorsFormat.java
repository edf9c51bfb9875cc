package pennyweight.formats.safetensors;

import java.util.Set;

/**
 * The constants of the format (huggingface/safetensors, README "Format"): eight bytes with the
 * length of the header, unsigned and little-endian; the header, a JSON object that begins with a
 * brace and may be padded with spaces; the data, without gaps.
 */
final class SafetensorsFormat {
    /** Bytes of the field that holds the header's length. */
    static final int LENGTH_BYTES = 8;

    /** A header must be smaller, as the reference implementation has it. */
    static final long MAX_HEADER_BYTES = 100_000_000;

    /** The header is padded to a multiple of it, so that the data is aligned. */
    static final int ALIGNMENT = 8;

    /** The key that is no tensor but a map from string to string. */
    static final String METADATA = "__metadata__";

    static final String DTYPE = "dtype";
    static final String SHAPE = "shape";
    static final String OFFSETS = "data_offsets";

    /** Types that safetensors 0.8 knows and {@link pennyweight.formats.DType} does not. */
    static final Set<String> UNSUPPORTED_TYPES =
            Set.of("F4", "F6_E2M3", "F6_E3M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64");

    private SafetensorsFormat() {}
}
