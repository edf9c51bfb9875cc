package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One run of the command line within the test. */
record Cli(int code, String out, String err) {
    static final Path TESTDATA = Path.of(System.getProperty("pennyweight.testdata"));
    static final Path TINY = TESTDATA.resolve("tiny-qwen35");

    static Cli run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                Main.run(
                        Interruption.none(),
                        new PrintWriter(out),
                        new PrintWriter(err),
                        Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        return new Cli(code, out.toString(), err.toString());
    }

    /** Asserts the exit code; what was said is the message. */
    Cli exits(int expected) {
        assertEquals(expected, code, () -> "stdout:\n" + out + "stderr:\n" + err);
        return this;
    }

    /** The one line on stderr, progress apart. */
    String refusal() {
        List<String> lines = err.lines().filter(l -> l.startsWith("pennyweight: ")).toList();
        assertEquals(1, lines.size(), err);
        assertEquals(lines.getFirst(), err.lines().toList().getLast(), "the line is the last");
        return lines.getFirst();
    }

    /** Stdout, which must be JSON and nothing else. */
    JsonNode json() {
        return JsonMapper.builder()
                .enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .readTree(out);
    }

    /** Everything below a folder, hidden files too. */
    static List<String> listing(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(p -> !p.equals(folder))
                    .map(p -> folder.relativize(p).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }
}
