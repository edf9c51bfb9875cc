package pennyweight.converter.plan;

import java.util.Arrays;
import java.util.Optional;
import pennyweight.formats.gguf.GgufType;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.GgufBlock;
import pennyweight.quantizer.encoding.Plain;

/** Which encoding stands behind a GGUF type. */
public final class GgufEncodings {
    private GgufEncodings() {}

    /** Nothing of a type that we cannot encode and decode. */
    public static Optional<Encoding> of(GgufType type) {
        return switch (type) {
            case F32 -> Optional.of(new Plain(Plain.Type.F32));
            case F16 -> Optional.of(new Plain(Plain.Type.F16));
            case BF16 -> Optional.of(new Plain(Plain.Type.BF16));
            default ->
                    Arrays.stream(GgufBlock.Type.values())
                            .filter(t -> t.name().equals(type.name()))
                            .findFirst()
                            .map(GgufBlock::new);
        };
    }
}
