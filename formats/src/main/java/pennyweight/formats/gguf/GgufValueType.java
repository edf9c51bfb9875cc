package pennyweight.formats.gguf;

import java.util.Locale;
import java.util.Optional;

/** The types of metadata values, with their ids (ggml {@code include/gguf.h}). */
public enum GgufValueType {
    U8(0, 1),
    I8(1, 1),
    U16(2, 2),
    I16(3, 2),
    U32(4, 4),
    I32(5, 4),
    F32(6, 4),
    BOOL(7, 1),
    STRING(8, 0),
    ARRAY(9, 0),
    U64(10, 8),
    I64(11, 8),
    F64(12, 8);

    private final int id;
    private final int bytes;

    GgufValueType(int id, int bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    /** The number that stands for this type in a file. */
    public int id() {
        return id;
    }

    /** Bytes of one value, or 0 of the types that have no fixed length. */
    public int bytes() {
        return bytes;
    }

    /** Whether values are whole numbers. */
    public boolean isInteger() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            case F32, F64, BOOL, STRING, ARRAY -> false;
        };
    }

    static Optional<GgufValueType> ofId(int id) {
        for (GgufValueType t : values()) {
            if (t.id == id) {
                return Optional.of(t);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
