package pennyweight.converter.plan;

import java.util.List;
import java.util.Optional;

/**
 * What a user asks of GGUF.
 *
 * @param types in place of the ones that the bits choose, where there are any
 * @param options what else decides the text files
 * @param mmproj the type of the vision tower's file, which is written where there is a tower;
 *     nothing writes none
 */
public record GgufRequest(
        List<GgufFileType> types, GgufOptions options, Optional<GgufFileType> mmproj) {
    /**
     * What the bits choose, without options. A tower at 8 bits is half of one at 16, and no loss
     * was ever measured of it.
     */
    public static final GgufRequest DEFAULT =
            new GgufRequest(List.of(), GgufOptions.DEFAULT, Optional.of(GgufFileType.Q8_0));

    public GgufRequest {
        types = List.copyOf(types);
    }
}
