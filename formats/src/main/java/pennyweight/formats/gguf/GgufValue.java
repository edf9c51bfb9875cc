package pennyweight.formats.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A value of GGUF metadata. Records for the scalars; {@link Strings} and {@link Numbers} for
 * arrays. Arrays of arrays exist in the specification, but llama.cpp refuses them, and so does
 * this.
 */
public sealed interface GgufValue {
    /** The type, whose id a file stores; {@link GgufValueType#ARRAY} of every array. */
    GgufValueType type();

    /** The type as a reader sees it: {@code u32}, {@code array of string}. */
    default String description() {
        return type().toString();
    }

    /** Whether UTF-8 can hold {@code text}: it has no half of a surrogate pair. */
    static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                int c = text.codePointAt(i);
                if (!Character.isSupplementaryCodePoint(c)) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    /** An unsigned byte, 0 to 255. */
    record U8(int value) implements GgufValue {
        public U8 {
            check(value, 0, 0xFF);
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.U8;
        }
    }

    /** A signed byte. */
    record I8(int value) implements GgufValue {
        public I8 {
            check(value, Byte.MIN_VALUE, Byte.MAX_VALUE);
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.I8;
        }
    }

    /** An unsigned 16-bit number. */
    record U16(int value) implements GgufValue {
        public U16 {
            check(value, 0, 0xFFFF);
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.U16;
        }
    }

    /** A signed 16-bit number. */
    record I16(int value) implements GgufValue {
        public I16 {
            check(value, Short.MIN_VALUE, Short.MAX_VALUE);
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.I16;
        }
    }

    /** An unsigned 32-bit number, 0 to 2^32 - 1; the type of all counts and ids. */
    record U32(long value) implements GgufValue {
        public U32 {
            check(value, 0, 0xFFFF_FFFFL);
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.U32;
        }
    }

    /** A signed 32-bit number. */
    record I32(int value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.I32;
        }
    }

    /** A float32; the type of all real numbers. */
    record F32(float value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.F32;
        }
    }

    /** A flag, stored as one byte. */
    record Bool(boolean value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.BOOL;
        }
    }

    /** A text, stored as UTF-8. */
    record Text(String value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.STRING;
        }
    }

    /** An unsigned 64-bit number; above 2^63 - 1 it shows as negative. */
    record U64(long value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.U64;
        }
    }

    /** A signed 64-bit number. */
    record I64(long value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.I64;
        }
    }

    /** A float64. */
    record F64(double value) implements GgufValue {
        @Override
        public GgufValueType type() {
            return GgufValueType.F64;
        }
    }

    /** An array of texts. */
    record Strings(List<String> values) implements GgufValue {
        public Strings {
            values = List.copyOf(values);
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.ARRAY;
        }

        @Override
        public String description() {
            return "array of string";
        }
    }

    /**
     * An array of numbers or flags. Kept as the file has it, little-endian, so that it takes no
     * more memory than it takes bytes in the file.
     */
    final class Numbers implements GgufValue {
        private final GgufValueType element;
        private final byte[] raw;

        /** Takes ownership of {@code raw}. */
        Numbers(GgufValueType element, byte[] raw) {
            if (element.bytes() == 0 || raw.length % element.bytes() != 0) {
                throw new IllegalArgumentException(raw.length + " bytes of " + element);
            }
            this.element = element;
            this.raw = raw;
        }

        /** An array of i32, as lists of integers are written. */
        public static Numbers i32(int... values) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES));
            bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
            return new Numbers(GgufValueType.I32, bytes.array());
        }

        /** An array of u32. */
        public static Numbers u32(long... values) {
            LittleEndian bytes = new LittleEndian(values.length * 4L);
            for (long v : values) {
                bytes.i32((int) new U32(v).value());
            }
            return new Numbers(GgufValueType.U32, bytes.toByteArray());
        }

        /** An array of f32, as lists of real numbers are written. */
        public static Numbers f32(float... values) {
            LittleEndian bytes = new LittleEndian(values.length * 4L);
            for (float v : values) {
                bytes.i32(Float.floatToRawIntBits(v));
            }
            return new Numbers(GgufValueType.F32, bytes.toByteArray());
        }

        /** An array of flags. */
        public static Numbers bools(boolean... values) {
            LittleEndian bytes = new LittleEndian(values.length);
            for (boolean v : values) {
                bytes.u8(v ? 1 : 0);
            }
            return new Numbers(GgufValueType.BOOL, bytes.toByteArray());
        }

        @Override
        public GgufValueType type() {
            return GgufValueType.ARRAY;
        }

        /** The type of the elements. */
        public GgufValueType element() {
            return element;
        }

        public int size() {
            return raw.length / element.bytes();
        }

        /**
         * Element {@code i} of an array of whole numbers or flags (1 is true). A u64 above 2^63 - 1
         * shows as negative.
         */
        public long integer(int i) {
            int at = i * element.bytes();
            return switch (element) {
                case U8 -> raw[at] & 0xFF;
                case I8 -> raw[at];
                case BOOL -> raw[at] == 0 ? 0 : 1;
                case U16 -> LittleEndian.i16(raw, at) & 0xFFFF;
                case I16 -> LittleEndian.i16(raw, at);
                case U32 -> LittleEndian.i32(raw, at) & 0xFFFF_FFFFL;
                case I32 -> LittleEndian.i32(raw, at);
                case U64, I64 -> LittleEndian.i64(raw, at);
                case F32, F64, STRING, ARRAY ->
                        throw new IllegalStateException("array of " + element);
            };
        }

        /** Element {@code i} of an array of real numbers. */
        public double real(int i) {
            int at = i * element.bytes();
            return switch (element) {
                case F32 -> Float.intBitsToFloat(LittleEndian.i32(raw, at));
                case F64 -> Double.longBitsToDouble(LittleEndian.i64(raw, at));
                case U8, I8, U16, I16, U32, I32, BOOL, STRING, ARRAY, U64, I64 ->
                        throw new IllegalStateException("array of " + element);
            };
        }

        /** The bytes that a file holds, without type and count. */
        byte[] raw() {
            return raw;
        }

        @Override
        public String description() {
            return "array of " + element;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Numbers n
                    && n.element == element
                    && java.util.Arrays.equals(n.raw, raw);
        }

        @Override
        public int hashCode() {
            return java.util.Arrays.hashCode(raw);
        }

        @Override
        public String toString() {
            return size() + " x " + element;
        }
    }

    private static void check(long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(value + " is not in " + least + " to " + most);
        }
    }
}
