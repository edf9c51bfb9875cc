package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.RandomCheckpoint;

/**
 * Runs the packaged program over a checkpoint of the dimensions of Qwen3.5-0.8B, 1.7 GB, and over
 * one of four of its layers, and holds the memory that the processes took against its limit. For
 * Linux: the kernel's own high-water mark is read.
 */
final class RealDimensions {
    private static final int LAYERS = 24;
    private static final int FEW_LAYERS = 4;
    private static final long MOST_KB = 1_000_000;
    private static final long MOST_GROWTH_KB = 100_000;

    /**
     * A collector leaves garbage where it is until the heap is full, so a longer run takes more
     * memory than it needs. In a heap this small only what is needed fits.
     */
    private static final String SMALL_HEAP = "-Xmx256m";

    private static final Path PROGRAM = Path.of(System.getProperty("pennyweight.program"));
    private static final Path FOLDER = Path.of(System.getProperty("pennyweight.folder"));
    private static final Path TINY =
            Path.of(System.getProperty("pennyweight.testdata"), "tiny-qwen35");

    static Stream<String> depths() {
        return Arrays.stream(System.getProperty("pennyweight.depths").split(","));
    }

    @BeforeAll
    static void generate() throws IOException {
        delete(FOLDER);
        for (int layers : List.of(FEW_LAYERS, LAYERS)) {
            long begin = System.nanoTime();
            RandomCheckpoint.published(TINY, layers).write(checkpoint(layers), 1);
            print("generated " + layers + " layers in " + seconds(System.nanoTime() - begin));
        }
    }

    @AfterAll
    static void clean() throws IOException {
        delete(FOLDER);
    }

    private static Path checkpoint(int layers) {
        return FOLDER.resolve("layers-" + layers);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** What one process took. */
    private record Taken(long peakKb, Duration wall, Duration cpu) {
        @Override
        public String toString() {
            return peakKb / 1000
                    + " MB at most, "
                    + seconds(wall.toNanos())
                    + ", "
                    + seconds(cpu.toNanos())
                    + " of CPU";
        }
    }

    @ParameterizedTest
    @MethodSource("depths")
    void memoryStaysBelowOneGigabyteAndDoesNotGrowWithTheModel(String depth) throws Exception {
        Taken all = convert(LAYERS, depth, "");
        assertTrue(all.peakKb <= MOST_KB, depth + ": " + all);
        Taken few = convert(FEW_LAYERS, depth, SMALL_HEAP);
        Taken tight = convert(LAYERS, depth, SMALL_HEAP);
        long growth = tight.peakKb - few.peakKb;
        assertTrue(growth <= MOST_GROWTH_KB, depth + " grows by " + growth + " kB");
    }

    private static Taken convert(int layers, String depth, String options) throws Exception {
        Path out = FOLDER.resolve("out");
        Path log = FOLDER.resolve("log");
        ProcessBuilder builder =
                new ProcessBuilder(
                        PROGRAM.toString(),
                        "convert",
                        checkpoint(layers).toString(),
                        "--to",
                        "gguf,mlx,onnx",
                        "--bits",
                        "4",
                        "--verify",
                        depth,
                        "--out",
                        out.toString());
        builder.environment().put("PENNYWEIGHT_JAVA_OPTS", options);
        long begin = System.nanoTime();
        Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        long peak = 0;
        Duration cpu = Duration.ZERO;
        while (process.isAlive()) {
            peak = Math.max(peak, peakKb(process.pid()));
            cpu = process.info().totalCpuDuration().orElse(cpu);
            Thread.sleep(20);
        }
        Taken taken = new Taken(peak, Duration.ofNanos(System.nanoTime() - begin), cpu);
        print((depth + ", " + layers + " layers " + options).strip() + ": " + taken);
        String said = Files.readString(log);
        // A random model need not stay good at 4 bits, but its files are faithful, so they are
        // kept.
        assertTrue(process.exitValue() == 0 || process.exitValue() == 1, said);
        try (Stream<Path> files = Files.walk(out)) {
            assertEquals(
                    4,
                    files.map(p -> p.getFileName().toString())
                            .filter(n -> n.matches(".*\\.(gguf|safetensors|onnx)"))
                            .count(),
                    said);
        }
        delete(out);
        return taken;
    }

    /** The high-water mark of the resident set; 0 where the process has just ended. */
    private static long peakKb(long pid) {
        try {
            Optional<String> line =
                    Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                            .filter(l -> l.startsWith("VmHWM:"))
                            .findFirst();
            return line.map(l -> Long.parseLong(l.replaceAll("\\D", ""))).orElse(0L);
        } catch (IOException e) {
            return 0;
        }
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    private static void print(String line) {
        System.out.println("real dimensions: " + line);
    }
}
