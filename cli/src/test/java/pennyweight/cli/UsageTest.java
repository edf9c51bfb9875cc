package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Refusal;

/** What is wrong with a command line is said in one line, and help tells the rest. */
final class UsageTest {
    static Stream<String> wrong() {
        return Stream.of(
                "",
                "convrt MODEL",
                "convert",
                "convert MODEL OTHER",
                "convert MODEL --no-such-option",
                "convert MODEL --to gguf,pickle",
                "convert MODEL --bits 5",
                "convert MODEL --bits four",
                "convert MODEL --bits",
                "convert MODEL --gguf-type IQ2_XXS",
                "convert MODEL --gguf-type IQ4",
                "convert MODEL --to mlx --gguf-type Q4_0",
                "convert MODEL --to mlx --pure",
                "convert MODEL --to onnx --split-max-size 1G",
                "convert MODEL --tensor-type ffn_down",
                "convert MODEL --tensor-type =Q4_0",
                "convert MODEL --tensor-type ffn_(down=Q4_0",
                "convert MODEL --tensor-type ffn_down=Q9",
                "convert MODEL --output-type IQ1_S",
                "convert MODEL --embedding-type none",
                "convert MODEL --mtp maybe",
                "convert MODEL --mmproj Q4_0",
                "convert MODEL --split-max-size 12",
                "convert MODEL --split-max-size 0M",
                "convert MODEL --mlx-group 48",
                "convert MODEL --to gguf --mlx-group 32",
                "convert MODEL --to onnx --text-only",
                "convert MODEL --to onnx --mlx-mtp",
                "convert MODEL --to gguf --shard-size 1G",
                "convert MODEL --to gguf --mlx-mode mxfp4",
                "convert MODEL --mlx-mode mxfp5",
                "convert MODEL --mlx-mode nvfp4 --mlx-group 32",
                "convert MODEL --mlx-mode mxfp4 --bits 8",
                "convert MODEL --mlx-mode mxfp8 --bits 4,8",
                "convert MODEL --mlx-mode mxfp4 --mlx-recipe mixed_4_6",
                "convert MODEL --mlx-recipe mixed_4_8",
                "convert MODEL --mlx-recipe mixed_4_6 --bits 6",
                "convert MODEL --mlx-recipe mixed_2_6",
                "convert MODEL --mlx-dtype float64",
                "convert MODEL --mlx-tensor down_proj",
                "convert MODEL --mlx-tensor =8",
                "convert MODEL --mlx-tensor down_proj=7",
                "convert MODEL --mlx-tensor down_proj=8:48",
                "convert MODEL --mlx-tensor down_proj=8:",
                "convert MODEL --mlx-tensor down_(proj=8",
                "convert MODEL --shard-size 5",
                "convert MODEL --shard-size 0M",
                "convert MODEL --to mlx --bits 7",
                "convert MODEL --to gguf,onnx --bits 2",
                "convert MODEL --onnx-block 16",
                "convert MODEL --onnx-accuracy 2",
                "convert MODEL --jobs 0",
                "convert MODEL --jobs 100000",
                "convert MODEL --verify some",
                "convert MODEL --name a/b",
                "convert MODEL --name ..",
                "verify x.gguf",
                "verify --against MODEL",
                "verify x.gguf --against MODEL --depth none",
                "logits MODEL --tokens 1",
                "logits MODEL --out x.safetensors",
                "inspect");
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isToldInOneLine(String line) {
        Cli cli = Cli.run((Object[]) (line.isEmpty() ? new String[0] : line.split(" "))).exits(2);
        assertEquals("", cli.out());
        assertEquals(1, cli.err().lines().count(), cli.err());
        assertTrue(cli.refusal().length() > "pennyweight: ".length());
    }

    @Test
    void aSlipOfTheFingersIsUnderstood() {
        assertTrue(Cli.run("verfy").exits(2).refusal().contains("did you mean verify"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"convert", "inspect", "verify", "logits"})
    void helpHasExamplesAndExitCodes(String command) {
        String help = Cli.run(command, "--help").exits(0).out();
        assertTrue(help.contains("Examples:\n  pennyweight " + command + " "), help);
        assertTrue(help.contains("Exit codes:\n  0 "), help);
        assertTrue(help.contains("  130 "), help);
        assertTrue(help.contains("  70 "), help);
        assertEquals(help, Cli.run("help", command).exits(0).out());
    }

    @Test
    void theRootHelpNamesEveryCommand() {
        String help = Cli.run("--help").exits(0).out();
        for (String command :
                new String[] {"convert", "inspect", "verify", "logits", "generate-completion"}) {
            assertTrue(help.contains("\n  " + command + " "), help);
        }
        for (int code : new int[] {0, 1, 2, 3, 4, 5, 70, 130}) {
            assertTrue(help.contains("\n  " + code + " "), help);
        }
    }

    @Test
    void completionIsAScript() {
        String script = Cli.run("generate-completion").exits(0).out();
        assertTrue(script.startsWith("#!"), script);
        assertTrue(script.contains("--onnx-accuracy"), "no options in it");
    }

    @Test
    void debugAddsTheStackTraceOnEitherSideOfTheCommand() {
        Cli plain = Cli.run("inspect", "no-such-file").exits(3);
        assertFalse(plain.err().contains("\tat "), plain.err());
        for (Cli cli :
                new Cli[] {
                    Cli.run("--debug", "inspect", "no-such-file"),
                    Cli.run("inspect", "no-such-file", "--debug")
                }) {
            assertTrue(cli.exits(3).err().startsWith(plain.err()), cli.err());
            assertTrue(cli.err().contains("\tat pennyweight."), cli.err());
        }
    }

    @Test
    void ourBugsAreCalledSo() {
        String line = report(new IllegalStateException("two\nlines"), 70);
        assertTrue(line.contains("bug") && line.contains("--debug"), line);
        assertTrue(line.contains("two lines"), line);
    }

    @Test
    void memoryThatRunsOutIsNamed() {
        String line = report(new OutOfMemoryError("Java heap space"), 70);
        assertTrue(line.contains("Java heap space") && line.contains("fewer --jobs"), line);
    }

    @Test
    void everyKindOfRefusalHasItsCode() {
        assertEquals(2, Exit.of(Refusal.Kind.USAGE));
        assertEquals(3, Exit.of(Refusal.Kind.BAD_INPUT));
        assertEquals(4, Exit.of(Refusal.Kind.NOT_SUPPORTED));
        assertEquals(5, Exit.of(Refusal.Kind.COULD_NOT_WRITE));
    }

    private static String report(Throwable e, int code) {
        StringWriter err = new StringWriter();
        Failures failures = new Failures(Interruption.none(), () -> false);
        assertEquals(code, failures.report(e, new PrintWriter(err, true)));
        assertEquals(1, err.toString().lines().count(), err.toString());
        return err.toString();
    }
}
