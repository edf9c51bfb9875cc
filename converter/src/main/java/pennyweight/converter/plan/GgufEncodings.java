package pennyweight.converter.plan;

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
            case Q4_0 -> Optional.of(new GgufBlock(GgufBlock.Type.Q4_0));
            case Q8_0 -> Optional.of(new GgufBlock(GgufBlock.Type.Q8_0));
            case Q4_K -> Optional.of(new GgufBlock(GgufBlock.Type.Q4_K));
            case Q6_K -> Optional.of(new GgufBlock(GgufBlock.Type.Q6_K));
            default -> Optional.empty();
        };
    }
}
