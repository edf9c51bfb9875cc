package pennyweight.formats.onnx;

import java.util.Optional;
import pennyweight.formats.DType;

/** TensorProto.DataType and AttributeProto.AttributeType, by their numbers in onnx.proto. */
final class OnnxTypes {
    static final int FLOAT = 1;
    static final int INT = 2;
    static final int STRING = 3;
    static final int TENSOR = 4;
    static final int GRAPH = 5;
    static final int FLOATS = 6;
    static final int INTS = 7;

    private OnnxTypes() {}

    static int code(DType dtype) {
        return switch (dtype) {
            case F32 -> 1;
            case U8 -> 2;
            case I8 -> 3;
            case U16 -> 4;
            case I16 -> 5;
            case I32 -> 6;
            case I64 -> 7;
            case BOOL -> 9;
            case F16 -> 10;
            case F64 -> 11;
            case U32 -> 12;
            case U64 -> 13;
            case BF16 -> 16;
            case F8_E4M3 -> 17;
            case F8_E5M2 -> 19;
            case F8_E8M0 -> 24;
        };
    }

    static Optional<DType> dtype(long code) {
        for (DType d : DType.values()) {
            if (code(d) == code) {
                return Optional.of(d);
            }
        }
        return Optional.empty();
    }

    /** A name for any type, known to us or not. */
    static String name(long code) {
        return dtype(code)
                .map(DType::name)
                .orElseGet(() ->
                        switch (Math.clamp(code, 0, Integer.MAX_VALUE)) {
                            case 8 -> "STRING";
                            case 14 -> "C64";
                            case 15 -> "C128";
                            case 18 -> "F8_E4M3FNUZ";
                            case 20 -> "F8_E5M2FNUZ";
                            case 21 -> "U4";
                            case 22 -> "I4";
                            case 23 -> "F4_E2M1";
                            case 25 -> "U2";
                            case 26 -> "I2";
                            default -> "type " + code;
                        });
    }
}
