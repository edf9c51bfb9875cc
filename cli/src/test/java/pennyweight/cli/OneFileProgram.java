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

    /** What the JVM's list of loaded classes calls one that came from our archive. */
    private static final String FROM_ARCHIVE = "shared objects file (top)";

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
        Path classes = folder.resolve("classes.txt");
        checkVersion(PROGRAM, "-Xlog:class+load:file=" + classes);
        assertTrue(Files.readString(classes).contains(FROM_ARCHIVE));
    }

    @Test
    void withoutAnArchive() throws Exception {
        Path classes = folder.resolve("classes.txt");
        checkVersion(copy, "-Xlog:class+load:file=" + classes);
        assertFalse(Files.readString(classes).contains(FROM_ARCHIVE));
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

    private void checkVersion(Path program, String options) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of(program.toString(), "--version"));
        builder.environment().put("PENNYWEIGHT_JAVA_OPTS", options);
        Path err = folder.resolve("stderr.txt");
        Process process = builder.redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Run run = new Run(process.waitFor(), out, Files.readString(err));
        assertEquals(new Run(0, "pennyweight 0.1.0\n", WARNING), run);
    }
}
