package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the packaged program: with the archive of classes that the build left beside it, with one
 * that does not fit, and without. It must not say anything of it.
 */
final class OneFileProgram {
    private static final Path PROGRAM = Path.of(System.getProperty("pennyweight.program"));
    private static final Path ARCHIVE = archiveOf(PROGRAM);
    private static final String WARNING =
            "WARNING: Using incubator modules: jdk.incubator.vector\n";

    /** How the JVM lists classes that came from our archive: ours, and those of older files. */
    private static final List<String> FROM_ARCHIVE =
            List.of(
                    "pennyweight.cli.ConvertCommand source: shared objects file",
                    "picocli.CommandLine source: shared objects file");

    @TempDir private Path folder = Path.of("");
    private Path copy = Path.of("");

    private record Run(int status, String out, String err) {}

    private static Path archiveOf(Path program) {
        return program.resolveSibling(program.getFileName() + ".jsa");
    }

    @BeforeEach
    void copyProgram() throws IOException {
        copy = Files.createDirectory(folder.resolve("a folder")).resolve("pennyweight");
        Files.copy(PROGRAM, copy, StandardCopyOption.COPY_ATTRIBUTES);
    }

    @Test
    void theArchiveOfTheBuildIsUsed() throws Exception {
        assertTrue(Files.exists(ARCHIVE), ARCHIVE + " was not made");
        FROM_ARCHIVE.forEach(c -> assertTrue(loaded(PROGRAM).contains(c), c));
    }

    @Test
    void itIsUsedWhereBothWereCopiedTo() throws Exception {
        Files.copy(ARCHIVE, archiveOf(copy));
        FROM_ARCHIVE.forEach(c -> assertTrue(loaded(copy).contains(c), c));
    }

    @Test
    void withoutAnArchive() throws Exception {
        FROM_ARCHIVE.forEach(c -> assertFalse(loaded(copy).contains(c), c));
    }

    @Test
    void withAnArchiveOfAnotherProgram() throws Exception {
        Files.copy(ARCHIVE, archiveOf(copy));
        Files.setLastModifiedTime(copy, FileTime.fromMillis(0));
        checkVersion(copy, "");
    }

    @Test
    void withABrokenArchive() throws Exception {
        Files.writeString(archiveOf(copy), "no archive");
        checkVersion(copy, "");
    }

    /** What the JVM says of the classes that it loads. */
    private String loaded(Path program) {
        Path classes = folder.resolve("classes.txt");
        try {
            checkVersion(program, "-Xlog:class+load:file=" + classes);
            return Files.readString(classes);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void checkVersion(Path program, String options)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(program.toString(), "--version"));
        builder.environment().put("PENNYWEIGHT_JAVA_OPTS", options);
        Path err = folder.resolve("stderr.txt");
        Process process = builder.redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Run run = new Run(process.waitFor(), out, Files.readString(err));
        assertEquals(new Run(0, "pennyweight 0.1.0\n", WARNING), run);
    }
}
