package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is shown while one waits. */
final class DisplayTest {
    @Test
    void logsGetPlainLines() {
        StringWriter text = new StringWriter();
        try (LineDisplay display = new LineDisplay(new PrintWriter(text))) {
            display.begin("convert", 12_345, "B");
            display.advance(12_345);
            display.end();
            display.begin("run mlx", 1, "pass");
            display.advance(1);
            display.end();
        }
        List<String> lines = text.toString().lines().toList();
        assertEquals("convert: 12,345 B", lines.get(0));
        assertTrue(lines.get(1).matches("convert: done in \\d+\\.\\d s"), lines.get(1));
        assertEquals("run mlx", lines.get(2));
        assertEquals(4, lines.size());
    }

    @Test
    void terminalsGetABarThatEndsItsLine() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BarDisplay display =
                new BarDisplay(new PrintStream(bytes, true, StandardCharsets.UTF_8))) {
            display.begin("convert", 4_000_000, "B");
            display.advance(4_000_000);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("\r"), text);
        assertTrue(text.contains("convert 100%"), text);
        assertTrue(text.contains("4/4 MB"), text);
        assertTrue(text.endsWith("\n"), text);
        assertTrue(
                text.lines()
                        .flatMap(l -> List.of(l.split("\r")).stream())
                        .allMatch(l -> l.length() < 80),
                text);
    }
}
