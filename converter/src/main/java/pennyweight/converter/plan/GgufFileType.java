package pennyweight.converter.plan;

import java.util.Optional;
import pennyweight.formats.gguf.GgufType;

/**
 * GGUF file types (llama.cpp {@code include/llama.h}, enum llama_ftype; ggml.h has another enum
 * with other numbers, which no model's file stores).
 */
public enum GgufFileType {
    F32(0, 32, GgufType.F32),
    F16(1, 16, GgufType.F16),
    Q4_0(2, 4, GgufType.Q4_0),
    Q4_1(3, 4, GgufType.Q4_1),
    Q8_0(7, 8, GgufType.Q8_0),
    Q5_0(8, 5, GgufType.Q5_0),
    Q5_1(9, 5, GgufType.Q5_1),
    Q2_K(10, 2, GgufType.Q2_K),
    Q3_K_S(11, 3, GgufType.Q3_K),
    Q3_K_M(12, 3, GgufType.Q3_K),
    Q3_K_L(13, 3, GgufType.Q3_K),
    Q4_K_S(14, 4, GgufType.Q4_K),
    Q4_K_M(15, 4, GgufType.Q4_K),
    Q5_K_S(16, 5, GgufType.Q5_K),
    Q5_K_M(17, 5, GgufType.Q5_K),
    Q6_K(18, 6, GgufType.Q6_K),
    IQ4_NL(25, 4, GgufType.IQ4_NL),
    IQ4_XS(30, 4, GgufType.IQ4_XS),
    BF16(32, 16, GgufType.BF16);

    private final int id;
    private final int bits;
    private final GgufType mainType;

    GgufFileType(int id, int bits, GgufType mainType) {
        this.id = id;
        this.bits = bits;
        this.mainType = mainType;
    }

    /** The value of {@code general.file_type}. */
    public int id() {
        return id;
    }

    /** Nominal bits a weight. */
    public int bits() {
        return bits;
    }

    /** The type of the tensors that no rule of the mix singles out. */
    public GgufType mainType() {
        return mainType;
    }

    /**
     * Whether the main type is one of blocks. Such files are laid out as llama-quantize does it,
     * the others as llama.cpp's converter does.
     */
    public boolean quantized() {
        return mainType.blockElements() > 1;
    }

    /** The type of this name, in any case. */
    public static Optional<GgufFileType> named(String name) {
        for (GgufFileType t : values()) {
            if (t.name().equalsIgnoreCase(name)) {
                return Optional.of(t);
            }
        }
        return Optional.empty();
    }
}
