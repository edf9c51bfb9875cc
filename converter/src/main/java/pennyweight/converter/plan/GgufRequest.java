package pennyweight.converter.plan;

import java.util.List;

/**
 * What a user asks of GGUF.
 *
 * @param types in place of the ones that the bits choose, where there are any
 * @param options what else decides the text files
 */
public record GgufRequest(List<GgufFileType> types, GgufOptions options) {
    /** What the bits choose, without options. */
    public static final GgufRequest DEFAULT = new GgufRequest(List.of(), GgufOptions.DEFAULT);

    public GgufRequest {
        types = List.copyOf(types);
    }
}
