package pennyweight.quantizer.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import pennyweight.quantizer.encoding.Checkpoint.Matrix;

/** The floating-point modes on groups that a reader can work out by hand. */
class FloatBlockTest {
    /** The ties of e2m1, in groups whose scale is 1. */
    private static final float[] TIES = {
        6, 0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5, -0.25f, -0.75f, -1.25f, -1.75f, -2.5f, -3.5f,
        -5, -6
    };

    private static byte[][] encode(FloatBlock.Mode mode, float... row) {
        FloatBlock encoding = new FloatBlock(mode, Plain.Type.BF16);
        float[] padded = Arrays.copyOf(row, 32);
        return Checkpoint.encode(encoding, new Matrix(1, 32, padded));
    }

    private static float[] decode(FloatBlock.Mode mode, byte[]... planes) {
        float[] back = new float[32];
        new FloatBlock(mode, Plain.Type.BF16).decode(planes, 1, 32, back);
        return back;
    }

    private static void assertBytes(String expected, byte[] actual) {
        assertEquals(expected, HexFormat.of().formatHex(actual));
    }

    @Test
    void tiesOfHalfBytesGoTowardsZero() {
        String codes = "0721436590badcfe0000000000000000";
        byte[][] mx = encode(FloatBlock.Mode.MXFP4, TIES);
        assertBytes(codes, mx[0]);
        assertBytes("7f", mx[1]);
        byte[][] nv = encode(FloatBlock.Mode.NVFP4, TIES);
        assertBytes(codes, nv[0]);
        assertBytes("3800", nv[1]);
    }

    @Test
    void bytesAreRoundedHalfToEven() {
        byte[][] planes = encode(FloatBlock.Mode.MXFP8, TIES);
        assertBytes(
                "7c58646a6e72767ad8e4eaeef2f6fafc" + "00000000000000000000000000000000", planes[0]);
        assertBytes("79", planes[1]);
        assertArrayEquals(
                Arrays.copyOf(TIES, 32), decode(FloatBlock.Mode.MXFP8, planes), "2^-6 * codes");
    }

    /** The scale is the next power of two, so the largest number is never cut. */
    @ParameterizedTest
    @CsvSource({"6, 127", "6.03125, 128", "12, 128", "3, 126", "3.015625, 127", "1e38, 251"})
    void scalesAreRoundedUp(float largest, int code) {
        assertEquals(code, encode(FloatBlock.Mode.MXFP4, largest)[1][0] & 0xff);
    }

    /** Below the smallest scale numbers fade to zero; they never come back larger. */
    @Test
    void tinyGroupsKeepTheSmallestScale() {
        byte[][] planes = encode(FloatBlock.Mode.MXFP4, 0x1p-128f, -0x1p-130f, 0x1p-133f);
        assertBytes("00", planes[1]);
        float[] back = decode(FloatBlock.Mode.MXFP4, planes);
        assertEquals(0x1p-128f, back[0]);
        assertEquals(0, back[1]);
        assertEquals(0, back[2]);
    }

    @ParameterizedTest
    @EnumSource
    void zeroGroups(FloatBlock.Mode mode) {
        byte[][] planes = encode(mode);
        assertArrayEquals(new byte[planes[0].length], planes[0]);
        assertBytes(mode == FloatBlock.Mode.NVFP4 ? "0000" : "7f", planes[1]);
        assertArrayEquals(new float[32], decode(mode, planes));
    }

    /** A scale e4m3 ends at 448: what is beyond 448 * 6 is cut. */
    @Test
    void largeNumbersAreCutInNvfp4() {
        byte[][] planes = encode(FloatBlock.Mode.NVFP4, 2688, -8192);
        assertBytes("7e00", planes[1]);
        float[] back = decode(FloatBlock.Mode.NVFP4, planes);
        assertEquals(2688, back[0]);
        assertEquals(-2688, back[1]);
    }

    @ParameterizedTest
    @EnumSource(names = {"MXFP4", "MXFP8"})
    void whatIsTooLargeComesBackInfinite(FloatBlock.Mode mode) {
        FloatBlock encoding = new FloatBlock(mode, Plain.Type.F32);
        float[] row = new float[32];
        row[0] = encoding.largest();
        row[1] = Math.nextUp(row[0]);
        float[] back = decode(mode, Checkpoint.encode(encoding, new Matrix(1, 32, row)));
        assertTrue(Float.isFinite(back[0]), "" + back[0]);
        assertEquals(Float.POSITIVE_INFINITY, back[1]);
    }

    /** Every code and every scale, against the definitions of the two small floats. */
    @Test
    void decodesEveryCode() {
        for (int code = 0; code < 256; code++) {
            int exponent = code >> 3 & 15;
            double magnitude =
                    exponent == 0
                            ? (code & 7) * 0x1p-9
                            : (8 + (code & 7)) * Math.scalb(1.0, exponent - 10);
            double expected = code < 128 ? magnitude : -magnitude;
            byte[] codes = new byte[32];
            codes[5] = (byte) code;
            byte[] one = {127};
            assertEquals(expected, decode(FloatBlock.Mode.MXFP8, codes, one)[5], "code " + code);

            byte[] half = new byte[16];
            half[2] = 0x20;
            byte[] scale = {(byte) code, 0};
            assertEquals(expected, decode(FloatBlock.Mode.NVFP4, half, scale)[5], "scale " + code);
            byte[] power = {(byte) code};
            assertEquals(
                    (float) Math.scalb(1.0, code - 127),
                    decode(FloatBlock.Mode.MXFP4, half, power)[5],
                    "power " + code);
        }
    }

    @Test
    void takesWholeGroupsOnly() {
        FloatBlock nv = new FloatBlock(FloatBlock.Mode.NVFP4, Plain.Type.BF16);
        assertTrue(nv.takes(48));
        assertFalse(nv.takes(40));
        assertEquals(24, nv.rowBytes(0, 48));
        assertEquals(3, nv.rowBytes(1, 48));
        FloatBlock mx = new FloatBlock(FloatBlock.Mode.MXFP8, Plain.Type.BF16);
        assertFalse(mx.takes(48));
        assertEquals(64, mx.rowBytes(0, 64));
        assertEquals(2, mx.rowBytes(1, 64));
    }
}
