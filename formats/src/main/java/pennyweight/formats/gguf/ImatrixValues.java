package pennyweight.formats.gguf;

import java.util.ArrayList;
import java.util.List;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/** Reads the numbers of importance matrices, which are sums of squares and numbers of rows. */
final class ImatrixValues {
    static final String REMEDY = "make the importance matrix again";

    private static final int CHUNK_BYTES = 1 << 16;

    private ImatrixValues() {}

    /**
     * The floats at {@code offset}; the caller has checked that the file holds them.
     *
     * @throws Refusal if any is NaN, infinite or negative
     */
    static float[] read(InputFile input, String tensor, long offset, int count) {
        float[] values = new float[count];
        byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, 4L * count)];
        int nan = 0;
        int infinite = 0;
        int negative = 0;
        for (int i = 0; i < count; ) {
            int n = Math.min(chunk.length / 4, count - i);
            input.read(offset + 4L * i, chunk, 0, 4 * n);
            for (int j = 0; j < n; j++, i++) {
                float v = Float.intBitsToFloat(LittleEndian.i32(chunk, 4 * j));
                nan += Float.isNaN(v) ? 1 : 0;
                infinite += Float.isInfinite(v) ? 1 : 0;
                negative += v < 0 ? 1 : 0;
                values[i] = v;
            }
        }
        if (nan + infinite + negative > 0) {
            List<String> bad = new ArrayList<>();
            add(bad, nan, "NaN");
            add(bad, infinite, "infinite");
            add(bad, negative, "negative");
            throw Refusal.badTensor(
                    input.path(),
                    HeaderCursor.shown(tensor),
                    "of its " + count + " numbers, " + String.join(", ", bad),
                    REMEDY);
        }
        return values;
    }

    private static void add(List<String> bad, int count, String what) {
        if (count > 0) {
            bad.add(count + (count == 1 ? " is " : " are ") + what);
        }
    }
}
