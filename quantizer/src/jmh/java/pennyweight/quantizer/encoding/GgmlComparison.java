package pennyweight.quantizer.encoding;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Our GGUF encoders beside ggml's own, on one core, on the same numbers, taking turns: the CPU time
 * of each, and whether the bytes are the same. {@code benchmarks/gguf/kernels} calls it.
 *
 * <p>Usage: {@code GgmlComparison libggml-base.so [TYPE...]}
 */
public final class GgmlComparison {
    private static final int ROWS = 128;
    private static final int COLUMNS = 2048;
    private static final int NUMBERS = ROWS * COLUMNS;
    private static final int TURNS = 7;

    /** CPU time that one turn of ours takes at least, in ns. */
    private static final long TURN = 200_000_000L;

    /** {@code ggml_quantize_chunk(type, src, dst, start, nrows, n_per_row, imatrix)}. */
    private final MethodHandle quantize;

    private final MemorySegment source;
    private final MemorySegment target;
    private final MemorySegment importance;
    private final float[] values = new float[NUMBERS];
    private final float[] weights = new float[COLUMNS];

    @SuppressWarnings("restricted")
    private GgmlComparison(Path library, Arena arena) {
        // A native library does as it likes; this one is trusted.
        quantize =
                Linker.nativeLinker()
                        .downcallHandle(
                                SymbolLookup.libraryLookup(library, arena)
                                        .findOrThrow("ggml_quantize_chunk"),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.ADDRESS));
        source = arena.allocate(4L * NUMBERS, 64);
        target = arena.allocate(4L * NUMBERS, 64);
        importance = arena.allocate(4L * COLUMNS, 64);
        Random random = new Random(1);
        for (int i = 0; i < NUMBERS; i++) {
            float loud = i % COLUMNS % 64 == 0 ? 0.06f : 0.02f;
            values[i] = (float) random.nextGaussian() * loud;
        }
        for (int c = 0; c < COLUMNS; c++) {
            weights[c] = (float) Math.exp(random.nextGaussian());
        }
        source.copyFrom(MemorySegment.ofArray(values));
        importance.copyFrom(MemorySegment.ofArray(weights));
    }

    public static void main(String[] args) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            GgmlComparison comparison = new GgmlComparison(Path.of(args[0]), arena);
            System.out.printf(
                    "%-8s %-10s %12s %12s %8s  %s%n",
                    "type", "weights", "ggml M/s", "ours M/s", "times", "bytes");
            for (GgufBlock.Type type : GgufBlock.Type.values()) {
                if (args.length == 1 || Arrays.asList(args).contains(type.name())) {
                    comparison.compare(type, Importance.NONE);
                    if (new GgufBlock(type).weighs()) {
                        comparison.compare(type, Importance.of(comparison.weights));
                    }
                }
            }
        }
    }

    private void compare(GgufBlock.Type type, Importance weighting) throws Throwable {
        GgufBlock encoding = new GgufBlock(type);
        byte[][] planes = {new byte[Math.toIntExact(encoding.bytes(ROWS, COLUMNS))]};
        // Until the compiler is done with it.
        ours(encoding, weighting, planes, 3 * TURN);
        double theirs = Double.MAX_VALUE;
        double own = Double.MAX_VALUE;
        for (int turn = 0; turn < TURNS; turn++) {
            theirs = Math.min(theirs, ggml(type, weighting));
            own = Math.min(own, ours(encoding, weighting, planes, TURN));
        }
        boolean same =
                target.asSlice(0, planes[0].length).mismatch(MemorySegment.ofArray(planes[0])) < 0;
        System.out.printf(
                Locale.ROOT,
                "%-8s %-10s %12.1f %12.1f %8.1f  %s%n",
                type,
                weighting.present() ? "importance" : "none",
                1e3 / theirs,
                1e3 / own,
                theirs / own,
                same ? "equal" : "DIFFERENT");
    }

    /** Nanoseconds of CPU a number. */
    private double ours(GgufBlock encoding, Importance weighting, byte[][] planes, long least) {
        long begin = cpu();
        long rounds = 0;
        do {
            encoding.encode(values, ROWS, COLUMNS, weighting, planes);
            rounds++;
        } while (cpu() - begin < least);
        return (double) (cpu() - begin) / rounds / NUMBERS;
    }

    private double ggml(GgufBlock.Type type, Importance weighting) throws Throwable {
        MemorySegment weights = weighting.present() ? importance : MemorySegment.NULL;
        long begin = cpu();
        long written =
                (long)
                        quantize.invokeExact(
                                id(type), source, target, 0L, (long) ROWS, (long) COLUMNS, weights);
        double nanos = (double) (cpu() - begin) / NUMBERS;
        if (written <= 0) {
            throw new IllegalStateException("ggml wrote " + written + " bytes of " + type);
        }
        return nanos;
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** {@code enum ggml_type}. */
    private static int id(GgufBlock.Type type) {
        return switch (type.name()) {
            case "Q4_0" -> 2;
            case "Q4_1" -> 3;
            case "Q5_0" -> 6;
            case "Q5_1" -> 7;
            case "Q8_0" -> 8;
            case "Q2_K" -> 10;
            case "Q3_K" -> 11;
            case "Q4_K" -> 12;
            case "Q5_K" -> 13;
            case "Q6_K" -> 14;
            case "IQ4_NL" -> 20;
            case "IQ4_XS" -> 23;
            default -> throw new IllegalArgumentException(type.name());
        };
    }
}
