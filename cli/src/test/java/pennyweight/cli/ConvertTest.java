package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.run.OutputFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whole conversions of the tiny model. */
final class ConvertTest {
    @TempDir private Path temp;

    @Test
    void writesThreeFormatsWithAVerdictForEach() throws Exception {
        Path out = temp.resolve("out");
        Cli cli = Cli.run("convert", Cli.TINY, "--out", out, "--jobs", 2).exits(0);
        for (String line :
                new String[] {
                    "gguf/tiny-qwen35-Q4_K_M.gguf +gguf Q4_K_M +2,705,120 +5\\.093 +passed +passed .*",
                    "mlx +mlx 4-bit g64 +[\\d,]+ +6\\.937 +passed +passed .*",
                    "onnx/model.onnx +onnx 4-bit b32 +[\\d,]+ +[\\d.]+ +passed +passed .*"
                }) {
            assertTrue(
                    cli.out().lines().anyMatch(l -> l.matches(".*/out/" + line)),
                    () -> line + "\n" + cli.out());
        }
        assertTrue(
                cli.out()
                        .contains(
                                "15 tensors left out of mlx: multi-token prediction head: not asked for (15)\n"),
                cli.out());
        assertEquals(
                List.of("out"),
                Cli.listing(temp).stream().filter(p -> !p.startsWith("out/")).toList());
        digestsAreRight(out);
        JsonNode report =
                JsonMapper.shared().readTree(Files.readString(out.resolve("report.json")));
        assertEquals("pennyweight.report/1", report.path("schema").asString());
        assertEquals("passed", report.path("verdict").asString());
        // Progress is in plain lines: nobody watches a test.
        assertTrue(cli.err().contains("\nconvert: done in "), cli.err());
        assertFalse(cli.err().contains("\r"), cli.err());
    }

    private static void digestsAreRight(Path out) throws IOException, NoSuchAlgorithmException {
        List<String> sums = Files.readAllLines(out.resolve("SHA256SUMS"));
        assertTrue(sums.size() >= 3, sums.toString());
        for (String line : sums) {
            byte[] content = Files.readAllBytes(out.resolve(line.substring(66)));
            assertEquals(
                    line.substring(0, 64),
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
        }
    }

    @Test
    void reportsAreJsonAndNothingElse() {
        Cli cli =
                Cli.run(
                                "convert",
                                Cli.TINY,
                                "--out",
                                temp.resolve("o"),
                                "--to",
                                "mlx",
                                "--json",
                                "--verify",
                                "QUICK")
                        .exits(0);
        JsonNode report = cli.json();
        assertEquals("quick", report.path("verify").asString());
        JsonNode target = report.path("outputs").path(0).path("targets").path(0);
        assertEquals("mlx", target.path("format").asString());
        assertEquals("passed", target.path("faithful").path("verdict").asString());
        assertEquals(48, target.path("good").path("tokens").asInt());
        assertEquals(15, target.path("leftOut").size());
    }

    @Test
    void aSecondRunReplacesTheFirstWithTheSameBytes() throws IOException {
        Path out = temp.resolve("o");
        Object[] command = {"convert", Cli.TINY, "--out", out, "--to", "mlx", "--verify", "none"};
        Cli.run(command).exits(0);
        List<String> listing = Cli.listing(temp);
        byte[] weights = Files.readAllBytes(out.resolve("mlx/model.safetensors"));
        Files.delete(out.resolve("mlx/model.safetensors"));
        Cli.run(command).exits(0);
        assertEquals(listing, Cli.listing(temp));
        assertArrayEquals(weights, Files.readAllBytes(out.resolve("mlx/model.safetensors")));
    }

    @Test
    void otherSettingsAndForeignFilesNeedForce() throws IOException {
        Path out = temp.resolve("o");
        Cli.run("convert", Cli.TINY, "--out", out, "--to", "mlx", "--verify", "none").exits(0);
        List<String> first = Cli.listing(temp);
        Object[] other = {
            "convert",
            Cli.TINY,
            "--out",
            out,
            "--to",
            "gguf",
            "--gguf-type",
            "f16",
            "--verify",
            "none"
        };
        String line = Cli.run(other).exits(5).refusal();
        assertTrue(line.contains("other settings") && line.contains("--force"), line);
        assertEquals(first, Cli.listing(temp));

        Files.writeString(out.resolve("notes.txt"), "mine");
        Files.createDirectories(out.resolve("mlx/more"));
        Files.writeString(out.resolve("mlx/more/notes.txt"), "mine too");
        Object[] same = {"convert", Cli.TINY, "--out", out, "--to", "mlx", "--verify", "none"};
        assertTrue(Cli.run(same).exits(5).refusal().contains("--force"));

        Object[] forced = java.util.Arrays.copyOf(other, other.length + 1);
        forced[other.length] = "--force";
        Cli.run(forced).exits(0);
        assertEquals("mine", Files.readString(out.resolve("notes.txt")));
        assertEquals("mine too", Files.readString(out.resolve("mlx/more/notes.txt")));
        assertEquals(
                List.of(
                        "SHA256SUMS",
                        "gguf",
                        "gguf/mmproj-tiny-qwen35-Q8_0.gguf",
                        "gguf/tiny-qwen35-F16.gguf",
                        "mlx",
                        "mlx/more",
                        "mlx/more/notes.txt",
                        "notes.txt",
                        "report.json"),
                Cli.listing(out));
    }

    @Test
    void severalBitsMakeAFolderEach() throws IOException {
        Cli.run(
                        "convert",
                        Cli.TINY,
                        "--out",
                        temp,
                        "--bits",
                        "8,4,8",
                        "--to",
                        "gguf",
                        "--name",
                        "t",
                        "--gguf-type",
                        "q8_0,Q4_0",
                        "--verify",
                        "none")
                .exits(0);
        assertEquals(
                List.of(
                        "t-4bit",
                        "t-4bit/SHA256SUMS",
                        "t-4bit/gguf",
                        "t-4bit/gguf/mmproj-t-Q8_0.gguf",
                        "t-4bit/gguf/t-Q4_0.gguf",
                        "t-4bit/report.json",
                        "t-8bit",
                        "t-8bit/SHA256SUMS",
                        "t-8bit/gguf",
                        "t-8bit/gguf/mmproj-t-Q8_0.gguf",
                        "t-8bit/gguf/t-Q8_0.gguf",
                        "t-8bit/report.json"),
                Cli.listing(temp));
    }

    @Test
    void bitsThatNothingIsWrittenForAreRefused() {
        Cli cli =
                Cli.run(
                        "convert",
                        Cli.TINY,
                        "--out",
                        temp,
                        "--bits",
                        "4,8",
                        "--to",
                        "gguf",
                        "--gguf-type",
                        "Q4_0");
        assertTrue(cli.exits(2).refusal().contains("--bits 8"), cli.err());
    }

    @Test
    void theModelsOwnFolderIsNoOutput() throws IOException {
        Path model = Damage.copy(Cli.TINY, temp.resolve("models/tiny"));
        List<String> before = Cli.listing(temp);
        for (Path out : List.of(model, temp.resolve("models"), temp)) {
            Cli.run("convert", model, "--out", out, "--force").exits(2).refusal();
        }
        assertEquals(before, Cli.listing(temp));
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        Path out = temp.resolve("o");
        String plan = Cli.run("convert", Cli.TINY, "--out", out, "--dry-run").exits(0).out();
        assertTrue(plan.contains("/o/gguf/tiny-qwen35-Q4_K_M.gguf"), plan);
        assertTrue(plan.contains("2,705,120"), plan);
        assertTrue(plan.contains("left out of onnx"), plan);
        Cli verbose = Cli.run("convert", Cli.TINY, "--out", out, "--dry-run", "--verbose").exits(0);
        assertTrue(verbose.out().contains("token_embd.weight"), verbose.out());
        assertTrue(verbose.out().contains("\n  mtp.fc.weight\n"), verbose.out());
        JsonNode json =
                Cli.run("convert", Cli.TINY, "--out", out, "--dry-run", "--json").exits(0).json();
        assertEquals("pennyweight.plan/1", json.path("schema").asString());
        long planned = 0;
        for (JsonNode target : json.path("outputs").path(0).path("targets")) {
            for (JsonNode file : target.path("files")) {
                planned += file.path("bytes").asLong();
            }
        }
        assertEquals(json.path("outputs").path(0).path("bytes").asLong(), planned);
        assertEquals(List.of(), Cli.listing(temp));
        assertEquals("", Cli.run("convert", Cli.TINY, "--out", out, "--dry-run").err());
    }

    @Test
    void thePlannedSizesAreTheWrittenOnes() throws IOException {
        Path out = temp.resolve("o");
        JsonNode plan = Cli.run("convert", Cli.TINY, "--out", out, "--dry-run", "--json").json();
        Cli.run("convert", Cli.TINY, "--out", out, "--verify", "none").exits(0);
        for (JsonNode target : plan.path("outputs").path(0).path("targets")) {
            assertFalse(target.path("files").isEmpty());
            for (JsonNode file : target.path("files")) {
                assertEquals(
                        file.path("bytes").asLong(),
                        Files.size(out.resolve(file.path("path").asString())),
                        file::toString);
            }
        }
    }

    @Test
    void quietMeansSilentWhenAllIsWell() {
        Cli cli =
                Cli.run(
                        "convert",
                        Cli.TINY,
                        "--out",
                        temp.resolve("o"),
                        "--to",
                        "mlx",
                        "--verify",
                        "quick",
                        "--quiet");
        assertEquals(new Cli(0, "", ""), cli);
    }

    @Test
    void aFileInTheWayIsNotOverwritten() throws IOException {
        Path file = temp.resolve("file");
        Files.writeString(file, "mine");
        for (Path out : List.of(file, file.resolve("below"))) {
            Cli cli = Cli.run("convert", Cli.TINY, "--out", out, "--to", "mlx").exits(5);
            assertTrue(cli.refusal().contains(file.toString()), cli.err());
            assertEquals(List.of("file"), Cli.listing(temp));
        }
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void twoRunsIntoOneFolderExcludeEachOther() throws IOException {
        Path out = temp.resolve("o");
        Object[] command = {"convert", Cli.TINY, "--out", out, "--to", "mlx", "--verify", "none"};
        OutputFolder other = OutputFolder.begin(out);
        try {
            Files.writeString(other.staging().resolve("begun"), "by the other run");
            assertTrue(Cli.run(command).exits(5).refusal().contains("another run"));
            assertTrue(
                    Files.exists(other.staging().resolve("begun")), "the other run lost its files");
        } finally {
            other.close();
        }
        Cli.run(command).exits(0);
    }
}
