package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The licences of what the one-file program contains must be told: NOTICE names every library. */
final class NoticeTest {
    /** Groups that only tests bring, as path fragments of a Maven repository. */
    private static final List<String> TEST_ONLY =
            List.of("/org/junit/", "/org/opentest4j/", "/org/apiguardian/", "/org/apache/maven/");

    @Test
    void everyLibraryIsNamedInNotice() throws IOException {
        Path root = Path.of(System.getProperty("pennyweight.testdata")).getParent();
        String notice = Files.readString(root.resolve("NOTICE"));
        List<String> artifacts =
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(entry -> entry.replace(File.separatorChar, '/'))
                        .filter(entry -> entry.endsWith(".jar"))
                        .filter(entry -> TEST_ONLY.stream().noneMatch(entry::contains))
                        .filter(entry ->
                                !entry.startsWith(root.toString().replace(File.separatorChar, '/')))
                        // <repository>/group/folders/artifact/version/file.jar
                        .map(entry ->
                                Path.of(entry).getParent().getParent().getFileName().toString())
                        .toList();
        assertTrue(artifacts.contains("picocli"), () -> "not a Maven class path: " + artifacts);
        List<String> missing =
                artifacts.stream().filter(name -> !notice.contains(":" + name + " ")).toList();
        assertTrue(missing.isEmpty(), () -> "NOTICE does not name " + missing);
    }
}
