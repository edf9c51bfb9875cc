package pennyweight.converter.work;

import java.util.SplittableRandom;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.kernel.Finite;
import pennyweight.quantizer.kernel.Widen;

/**
 * Has the kernels that a run will need compiled while it still reads headers and plans, on one
 * processor: the others would have nothing to do. Its numbers go nowhere.
 */
public final class KernelWarmUp {
    private static final int COLUMNS = 1024;
    private static final int CALLS = 100;

    /**
     * Where kernels are compiled late, as without the program's own settings, it ends all the same.
     */
    private static final long MOST_NANOS = 3_000_000_000L;

    private KernelWarmUp() {}

    /** Begins, in the background; nothing need wait for its end. */
    public static void begin(Iterable<Encoding> encodings) {
        if (Runtime.getRuntime().availableProcessors() == 1) {
            return;
        }
        for (Encoding encoding : encodings) {
            Thread.ofPlatform().daemon().name("warm-up").start(() -> encodeRows(encoding));
        }
    }

    /**
     * Rows of ordinary numbers, each short, since until a kernel is compiled a number takes long.
     */
    private static void encodeRows(Encoding encoding) {
        long begun = System.nanoTime();
        SplittableRandom random = new SplittableRandom(1);
        byte[] stored = new byte[2 * COLUMNS];
        random.nextBytes(stored);
        for (int i = 1; i < stored.length; i += 2) {
            // The sign and the exponent of a bfloat16 between 2^-9 and 2^-7.
            stored[i] = (byte) ((stored[i] & 0x80) | 0x3b);
        }
        float[] row = new float[COLUMNS];
        byte[][] planes = new PlaneBuffers().of(encoding, 1, COLUMNS);
        for (int i = 0; i < CALLS && System.nanoTime() - begun < MOST_NANOS; i++) {
            Widen.bf16(stored, 0, row, 0, COLUMNS);
            if (Finite.countNonFinite(row, 0, COLUMNS) == 0) {
                encoding.encode(row, 1, COLUMNS, planes);
            }
        }
    }
}
