package pennyweight.converter.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import pennyweight.formats.Refusal;
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

    /**
     * The type of this name, in any case.
     *
     * @param option that the name was given to, for the refusal
     * @throws Refusal of usage where there is none that can be written
     */
    public static GgufType named(String option, String name) {
        List<GgufType> all =
                Arrays.stream(GgufType.values()).filter(t -> of(t).isPresent()).toList();
        return all.stream()
                .filter(t -> t.name().equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() ->
                        Refusal.usage(
                                option + " has the type " + name,
                                "give one of "
                                        + all.stream()
                                                .map(GgufType::name)
                                                .collect(Collectors.joining(", "))));
    }
}
