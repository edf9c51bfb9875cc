package pennyweight.quantizer.encoding;

import java.util.Locale;
import pennyweight.quantizer.kernel.KernelEdition;

/**
 * MLX's floating-point modes: groups of small floats along a row with a scale of one byte, value
 * {@code scale * float}. Planes: 0 = codes, a little-endian bit stream of a row seen as U32 words;
 * 1 = scales, {@code [rows, columns / group]} bytes.
 *
 * <p>The rules are those of MLX on a CPU ({@code mlx/ops.cpp}, the fallback of fp_quantize), which
 * computes in the type of the weights: the largest magnitude of a group, divided by the largest of
 * the small floats and rounded to that type, is what the scale is made of. Its kernels for GPUs
 * compute in float32 and round the ties of e2m1 to even, where this rounds them towards zero; files
 * converted on a GPU differ from these in single codes.
 *
 * <p>One rule differs. A scale e8m0 ends at 2^-127. For a group whose scale would be smaller the
 * CPU code converts a negative number to a byte, which C++ leaves undefined and which on x86 gives
 * a scale up to infinity. Here such a group gets the smallest scale, as in the kernels for GPUs.
 *
 * @param weights the type of the weights: every number to encode is one of it
 */
public record FloatBlock(Mode mode, Plain.Type weights) implements Encoding {
    static final int CODES = 0;
    static final int SCALES = 1;

    /** Which floats and scales. */
    public enum Mode {
        /** Floats e2m1, scales e8m0, groups of 32. */
        MXFP4(4, 32, SmallFloats.E2M1_LARGEST),
        /** Floats e4m3, scales e8m0, groups of 32. */
        MXFP8(8, 32, SmallFloats.E4M3_LARGEST),
        /** Floats e2m1, scales e4m3, groups of 16. */
        NVFP4(4, 16, SmallFloats.E2M1_LARGEST);

        private final int bits;
        private final int group;
        private final float largest;

        Mode(int bits, int group, float largest) {
            this.bits = bits;
            this.group = group;
            this.largest = largest;
        }

        /** Bits of a code. */
        public int bits() {
            return bits;
        }

        /** Numbers of a group. */
        public int group() {
            return group;
        }
    }

    @Override
    public String label() {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public int bits() {
        return mode.bits;
    }

    @Override
    public int precision() {
        return mode == Mode.MXFP8 ? 6 : mode.bits;
    }

    /** Larger numbers of the modes with powers of two round to a code times scale of 2^128. */
    @Override
    public float largest() {
        float read =
                switch (mode) {
                    case MXFP4 -> 3.5f * 0x1p126f;
                    case MXFP8 -> Math.nextDown(248 * 0x1p120f);
                    case NVFP4 -> Float.MAX_VALUE;
                };
        return Math.min(read, new Plain(weights).largest());
    }

    @Override
    public int planes() {
        return 2;
    }

    @Override
    public boolean takes(long columns) {
        return columns > 0 && columns % mode.group == 0;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return plane == CODES ? Math.multiplyExact(columns / 8, mode.bits) : columns / mode.group;
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        Tiles.check(this, values, rows, columns, planes);
        int groups = rows * (columns / mode.group);
        if (KernelEdition.vectors()) {
            FloatBlockVectors.encode(this, values, groups, planes);
        } else {
            encodeScalar(values, groups, planes);
        }
    }

    void encodeScalar(float[] values, int groups, byte[][] planes) {
        byte[] codes = new byte[mode.group];
        for (int g = 0; g < groups; g++) {
            int from = g * mode.group;
            float largest = 0;
            for (int i = 0; i < mode.group; i++) {
                largest = Math.max(largest, Math.abs(values[from + i]));
            }
            byte scale = scale(largest);
            planes[SCALES][g] = scale;
            codes(values, from, scale, codes);
            pack(codes, planes[CODES], g);
        }
    }

    /** The scale of a group whose largest magnitude is {@code largest}. */
    byte scale(float largest) {
        float ideal = weights.round(largest / mode.largest);
        return mode == Mode.NVFP4 ? SmallFloats.e4m3(ideal) : PowerScale.atLeast(ideal);
    }

    /** The codes of a group with this scale, one a byte. */
    void codes(float[] values, int from, byte scale, byte[] codes) {
        for (int i = 0; i < codes.length; i++) {
            codes[i] = code(values[from + i], scale);
        }
    }

    private byte code(float value, byte scale) {
        return switch (mode) {
            case MXFP4 -> SmallFloats.e2m1(value * PowerScale.reciprocal(scale));
            case MXFP8 -> SmallFloats.e4m3(value * PowerScale.reciprocal(scale));
            case NVFP4 ->
                    scale == 0
                            ? 0
                            : SmallFloats.e2m1(weights.round(value / SmallFloats.e4m3(scale)));
        };
    }

    /** Stores the codes of group {@code g}, one a byte. */
    void pack(byte[] codes, byte[] bytes, int g) {
        int length = mode.group / 8 * mode.bits;
        if (mode.bits == Byte.SIZE) {
            System.arraycopy(codes, 0, bytes, g * length, length);
        } else {
            BitPacking.pack(codes, codes.length, mode.bits, bytes, g * length);
        }
    }

    /** As {@code mx.dequantize} computes in float32. */
    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        Tiles.check(this, values, rows, columns, planes);
        int groups = rows * (columns / mode.group);
        float[] numbers = SmallFloats.numbers(mode.bits);
        byte[] codes = new byte[mode.group];
        for (int g = 0; g < groups; g++) {
            byte stored = planes[SCALES][g];
            float scale = mode == Mode.NVFP4 ? SmallFloats.e4m3(stored) : PowerScale.number(stored);
            BitPacking.unpack(
                    planes[CODES], g * (mode.group / 8 * mode.bits), mode.bits, codes, mode.group);
            for (int i = 0; i < mode.group; i++) {
                values[g * mode.group + i] = numbers[codes[i] & 0xff] * scale;
            }
        }
    }
}
