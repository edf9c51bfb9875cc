package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.Narrow;
import pennyweight.quantizer.kernel.Widen;

/** Numbers stored one by one, little-endian, in one plane; narrowed half to even. */
public record Plain(Type type) implements Encoding {
    /** How one number is stored. */
    public enum Type {
        /** IEEE binary32. */
        F32(4),
        /** IEEE binary16: overflows to infinity beyond 65,504. */
        F16(2),
        /** The upper half of a binary32. */
        BF16(2);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        /** Bytes of one number. */
        public int bytes() {
            return bytes;
        }

        /** The number of this type that is nearest to {@code value}, half to even. */
        float round(float value) {
            return switch (this) {
                case F32 -> value;
                case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
                case BF16 -> Float.intBitsToFloat(Narrow.bf16(value) << 16);
            };
        }

        /** Stores {@code count} numbers from {@code source[from]} at {@code target[at]}. */
        public void narrow(float[] source, int from, byte[] target, int at, int count) {
            switch (this) {
                case F32 -> Narrow.f32(source, from, target, at, count);
                case F16 -> Narrow.f16(source, from, target, at, count);
                case BF16 -> Narrow.bf16(source, from, target, at, count);
            }
        }

        /** Reads {@code count} numbers from {@code source[from]} to {@code target[at]}. */
        public void widen(byte[] source, int from, float[] target, int at, int count) {
            switch (this) {
                case F32 -> Widen.f32(source, from, target, at, count);
                case F16 -> Widen.f16(source, from, target, at, count);
                case BF16 -> Widen.bf16(source, from, target, at, count);
            }
        }
    }

    @Override
    public String label() {
        return type.name();
    }

    @Override
    public int bits() {
        return 8 * type.bytes();
    }

    @Override
    public int planes() {
        return 1;
    }

    @Override
    public float largest() {
        // 65519.996 is the last float32 that rounds to 65504, the largest float16.
        return type == Type.F16 ? Math.nextDown(65520f) : Float.MAX_VALUE;
    }

    @Override
    public boolean takes(long columns) {
        return columns >= 0;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return Math.multiplyExact(columns, type.bytes());
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        Tiles.check(this, values, rows, columns, planes);
        type.narrow(values, 0, planes[0], 0, rows * columns);
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        Tiles.check(this, values, rows, columns, planes);
        type.widen(planes[0], 0, values, 0, rows * columns);
    }
}
