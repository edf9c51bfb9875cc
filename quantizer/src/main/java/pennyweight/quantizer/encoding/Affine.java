package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;
import pennyweight.quantizer.kernel.LittleEndian;

/**
 * MLX's affine mode: groups of numbers along a row, each with a scale and a bias, value {@code
 * scale * code + bias}, codes {@code 0 .. 2^bits - 1}. Planes: 0 = codes, a little-endian bit
 * stream of a row seen as U32 words; 1 = scales; 2 = biases, {@code [rows, columns / group]} each.
 *
 * <p>The rules are those of MLX's CPU kernel ({@code mlx/backend/cpu/quantized.cpp}), whose output
 * the recorded files hold: the range starts from the numbers alone and codes are rounded half to
 * even. MLX's GPU kernels start the range of a group at 0 and round half away from zero; files
 * converted on a GPU differ from these in single codes and in groups without a positive number.
 *
 * @param bits 2, 3, 4, 5, 6 or 8
 * @param group 32, 64 or 128 numbers
 * @param scales the type that scales and biases are stored in: that of the source tensor
 */
public record Affine(int bits, int group, Plain.Type scales) implements Encoding {
    /** The smallest scale, so that a group of zeros has one. */
    static final float SMALLEST_SCALE = 1e-7f;

    static final int CODES = 0;
    private static final int SCALES = 1;
    private static final int BIASES = 2;

    /** Throws {@link IllegalArgumentException} for what MLX does not know. */
    public Affine {
        if (bits < 2 || bits > 8 || bits == 7) {
            throw new IllegalArgumentException("affine takes 2, 3, 4, 5, 6 or 8 bits, not " + bits);
        }
        if (group != 32 && group != 64 && group != 128) {
            throw new IllegalArgumentException("affine takes groups of 32, 64, 128, not " + group);
        }
    }

    @Override
    public String label() {
        return "affine " + bits + "-bit g" + group;
    }

    @Override
    public float largest() {
        // The bias of a group is the larger of its ends.
        return new Plain(scales).largest();
    }

    @Override
    public int planes() {
        return 3;
    }

    @Override
    public boolean takes(long columns) {
        return columns > 0 && columns % group == 0;
    }

    @Override
    public long rowBytes(int plane, long columns) {
        return plane == CODES
                ? Math.multiplyExact(columns / 8, bits)
                : Math.multiplyExact(columns / group, scales.bytes());
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        Tiles.check(this, values, rows, columns, planes);
        int groups = rows * (columns / group);
        if (KernelEdition.vectors()) {
            AffineVectors.encode(this, values, groups, planes);
        } else {
            encodeScalar(values, groups, planes);
        }
    }

    void encodeScalar(float[] values, int groups, byte[][] planes) {
        float[] groupScales = new float[groups];
        float[] groupBiases = new float[groups];
        int[] codes = new int[group];
        for (int g = 0; g < groups; g++) {
            int from = g * group;
            float min = values[from];
            float max = min;
            for (int i = 1; i < group; i++) {
                float v = values[from + i];
                min = v < min ? v : min;
                max = v > max ? v : max;
            }
            fit(min, max, groupScales, groupBiases, g);
            float scale = groupScales[g];
            float bias = groupBiases[g];
            for (int i = 0; i < group; i++) {
                codes[i] = Rounding.nearest((values[from + i] - bias) / scale, 0, top());
            }
            pack(codes, planes[CODES], g * (group / 8 * bits));
        }
        store(groupScales, groupBiases, groups, planes);
    }

    /** The largest code. */
    int top() {
        return (1 << bits) - 1;
    }

    /**
     * The unrounded scale and bias of a group between {@code min} and {@code max}: the end of
     * larger magnitude gets code 0 and is the bias; the scale is adjusted so that 0 falls on a
     * code.
     */
    private void fit(float min, float max, float[] groupScales, float[] groupBiases, int g) {
        boolean negative = Math.abs(min) > Math.abs(max);
        float magnitude = Math.max((max - min) / top(), SMALLEST_SCALE);
        float scale = negative ? magnitude : -magnitude;
        float edge = negative ? min : max;
        float zero = (float) Math.rint(edge / scale);
        groupScales[g] = zero != 0 ? edge / zero : scale;
        groupBiases[g] = zero != 0 ? edge : 0;
    }

    /**
     * Appends the codes of a group to the bit stream; a group is a whole number of 4-byte words.
     */
    void pack(int[] codes, byte[] bytes, int at) {
        long buffer = 0;
        int filled = 0;
        int p = at;
        for (int code : codes) {
            buffer |= (long) code << filled;
            filled += bits;
            if (filled >= Integer.SIZE) {
                LittleEndian.putInt(bytes, p, (int) buffer);
                p += Integer.BYTES;
                buffer >>>= Integer.SIZE;
                filled -= Integer.SIZE;
            }
        }
    }

    void store(float[] groupScales, float[] groupBiases, int groups, byte[][] planes) {
        scales.narrow(groupScales, 0, planes[SCALES], 0, groups);
        scales.narrow(groupBiases, 0, planes[BIASES], 0, groups);
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        Tiles.check(this, values, rows, columns, planes);
        int groups = rows * (columns / group);
        float[] groupScales = new float[groups];
        float[] groupBiases = new float[groups];
        scales.widen(planes[SCALES], 0, groupScales, 0, groups);
        scales.widen(planes[BIASES], 0, groupBiases, 0, groups);
        byte[] codes = new byte[group];
        for (int g = 0; g < groups; g++) {
            BitPacking.unpack(planes[CODES], g * (group / 8 * bits), bits, codes, group);
            Codes.toNumbers(
                    codes,
                    0,
                    group,
                    Codes.UNSIGNED,
                    0,
                    groupScales[g],
                    groupBiases[g],
                    values,
                    g * group);
        }
    }
}
