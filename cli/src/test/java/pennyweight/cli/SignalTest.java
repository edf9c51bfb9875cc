package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.io.OutputFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import pennyweight.formats.safetensors.SafetensorsLayout;
import tools.jackson.databind.node.ObjectNode;

/** Real processes, ended by real signals, leave nothing behind. */
@DisabledOnOs(OS.WINDOWS)
final class SignalTest {
    private static final int VOCABULARY = 1 << 18;
    private static final String EMBEDDING = "model.language_model.embed_tokens.weight";
    private static final long PATIENCE_SECONDS = 60;

    @TempDir private static Path shared;
    private static Path large = Path.of("");

    @TempDir private Path temp;

    /** The tiny model with an embedding that takes a while; its bytes are a hole in the file. */
    @BeforeAll
    static void makeLargeModel() throws IOException {
        large = Damage.copy(Cli.TINY, shared.resolve("large"));
        Damage.json(
                large.resolve("config.json"),
                c -> ((ObjectNode) c.path("text_config")).put("vocab_size", VOCABULARY));
        Files.delete(large.resolve("model.safetensors.index.json"));
        List<SafetensorsLayout.Tensor> tensors = new ArrayList<>();
        try (SafetensorsFolder source = SafetensorsFolder.open(Cli.TINY)) {
            for (TensorEntry t : source.tensors()) {
                tensors.add(
                        new SafetensorsLayout.Tensor(
                                t.name(),
                                t.dtype(),
                                t.name().equals(EMBEDDING)
                                        ? Shape.of(VOCABULARY, 256)
                                        : t.shape()));
                Files.deleteIfExists(large.resolve(t.file().getFileName()));
            }
            SafetensorsLayout layout = SafetensorsLayout.of(tensors, Map.of());
            try (OutputFile out =
                    OutputFile.create(large.resolve("model.safetensors"), layout.fileSize())) {
                byte[] header = layout.header().toArray();
                out.write(0, header, 0, header.length);
                for (int i = 0; i < tensors.size(); i++) {
                    TensorEntry t = source.tensors().get(i);
                    InputFile in = source.input(t);
                    byte[] data = in.read(t.offset(), Math.toIntExact(t.bytes()));
                    out.write(layout.offset(i), data, 0, data.length);
                }
            }
        }
    }

    private Process start(Path err, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-modules=jdk.incubator.vector",
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx512m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "pennyweight.cli.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(temp.resolve("stdout").toFile())
                .redirectError(err.toFile())
                .start();
    }

    /**
     * A process that was begun with SIGINT ignored, as background jobs of a script are, keeps so.
     */
    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(l -> l.startsWith("SigIgn:"))
                        .anyMatch(
                                l -> (Long.parseUnsignedLong(l.substring(7).strip(), 16) & 2) != 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aStoppedRunLeavesNothing(String signal) throws Exception {
        assumeFalse(ignoresInterrupts(), "SIGINT is ignored here");
        Path place = Files.createDirectories(temp.resolve("place"));
        Path err = temp.resolve("stderr");
        Process process =
                start(
                        err,
                        "convert",
                        large.toString(),
                        "--to",
                        "mlx",
                        "--out",
                        place.resolve("out").toString());
        try {
            Path begun = place.resolve(".out.part");
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!Files.exists(begun) && process.isAlive() && System.nanoTime() < patience) {
                Thread.sleep(5);
            }
            assertTrue(Files.exists(begun), () -> read(err));
            assertFalse(Files.exists(place.resolve("out")));
            int killed =
                    new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                            .start()
                            .waitFor();
            assertEquals(0, killed);
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "still running");
            assertEquals(130, process.exitValue(), () -> read(err));
            assertEquals(List.of(), Cli.listing(place));
            assertEquals("", read(temp.resolve("stdout")));
            String last = read(err).lines().toList().getLast();
            assertEquals("pennyweight: interrupted", last);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aRunThatEndsByItselfEndsWithItsOwnCode() throws Exception {
        Path err = temp.resolve("stderr");
        Path out = temp.resolve("out");
        Process good =
                start(
                        err,
                        "convert",
                        Cli.TINY.toString(),
                        "--to",
                        "mlx",
                        "--verify",
                        "quick",
                        "--json",
                        "--out",
                        out.toString());
        assertTrue(good.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "still running");
        assertEquals(0, good.exitValue(), () -> read(err));
        Cli result = new Cli(0, read(temp.resolve("stdout")), read(err));
        assertEquals("pennyweight.report/1", result.json().path("schema").asString());
        // The JVM's word on its incubator module, then progress: no library says anything.
        assertTrue(
                result.err()
                        .lines()
                        .allMatch(l ->
                                l.startsWith("WARNING: Using incubator modules")
                                        || l.matches("(convert|compare mlx|run .*)(:.*)?")),
                result.err());

        Process bad = start(err, "inspect", temp.resolve("none").toString());
        assertTrue(bad.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "still running");
        assertEquals(3, bad.exitValue(), () -> read(err));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
