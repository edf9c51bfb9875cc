package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What decides GGUF files, from the command line to the verdict and back. */
final class GgufConvertTest {
    private static final Path IMATRIX = Cli.TESTDATA.resolve("golden/tiny-qwen35/imatrix.gguf");

    @TempDir private Path temp = Path.of("");

    private static Cli convert(Path out, Object... more) {
        List<Object> words = new ArrayList<>(List.of("convert", Cli.TINY, "--to", "gguf"));
        words.addAll(List.of("--out", out, "--verify", "quick"));
        words.addAll(Arrays.asList(more));
        return Cli.run(words.toArray());
    }

    private static Cli verify(Path path, Object... more) {
        List<Object> words = new ArrayList<>(List.of("verify", path, "--against", Cli.TINY));
        words.addAll(List.of("--depth", "quick"));
        words.addAll(Arrays.asList(more));
        return Cli.run(words.toArray());
    }

    private static JsonNode targets(Cli cli) {
        return cli.json().path("outputs").path(0).path("targets");
    }

    private static String importance(JsonNode target, String tensor) {
        for (JsonNode t : target.path("tensors")) {
            if (t.path("name").asString().equals(tensor)) {
                return t.path("importance").asString("none");
            }
        }
        throw new AssertionError("no " + tensor);
    }

    @Test
    void typesAloneChooseTheirFolder() throws IOException {
        Cli dry =
                Cli.run("convert", Cli.TINY, "--to", "gguf", "--gguf-type", "IQ4_XS", "--dry-run")
                        .exits(0);
        assertTrue(dry.out().contains("tiny-qwen35-4bit/gguf/tiny-qwen35-IQ4_XS.gguf"), dry.out());
        Cli several =
                Cli.run(
                                "convert",
                                Cli.TINY,
                                "--to",
                                "gguf",
                                "--gguf-type",
                                "q3_k_s,F16",
                                "--dry-run")
                        .exits(0);
        assertTrue(
                several.out().contains("tiny-qwen35-gguf/gguf/tiny-qwen35-Q3_K_S.gguf"),
                several.out());
        Path out = temp.resolve("out");
        convert(out, "--gguf-type", "Q3_K_M,Q5_1,IQ4_NL").exits(0);
        assertEquals(
                List.of(
                        "mmproj-tiny-qwen35-Q8_0.gguf",
                        "tiny-qwen35-IQ4_NL.gguf",
                        "tiny-qwen35-Q3_K_M.gguf",
                        "tiny-qwen35-Q5_1.gguf"),
                Cli.listing(out.resolve("gguf")));
    }

    @Test
    void importanceIsUsedAndSaid() {
        Path out = temp.resolve("out");
        Object[] options = {"--gguf-type", "Q4_K_M", "--imatrix", IMATRIX, "--mmproj", "none"};
        String said = convert(out, options).exits(0).out();
        assertTrue(
                said.contains("9 tensors of gguf Q4_K_M: importance has no entry: token_embd"),
                said);
        JsonNode target = targets(convert(temp.resolve("again"), with(options, "--json")).exits(0));
        assertEquals(1, target.size());
        assertEquals("weighted", importance(target.path(0), "blk.0.ffn_up.weight"));
        assertEquals("has no entry", importance(target.path(0), "token_embd.weight"));
        assertEquals("none", importance(target.path(0), "blk.0.attn_norm.weight"));
        JsonNode settings = target.path(0).path("settings").path("imatrix");
        assertEquals("imatrix.gguf", settings.path("file").asString());
        assertEquals(64, settings.path("sha256").asString().length());

        Cli without = verify(out).exits(0);
        assertTrue(
                without.out().contains("not judged: it was written with the importance matrix"),
                without.out());
        Cli with = verify(out, "--imatrix", IMATRIX, "--json").exits(0);
        assertEquals(
                "passed",
                with.json().path("files").path(0).path("faithful").path("verdict").asString());
        Path other = Cli.TESTDATA.resolve("golden/micro2b/imatrix.gguf");
        assertTrue(verify(out, "--imatrix", other).exits(2).refusal().contains("imatrix"));
    }

    private static Object[] with(Object[] options, Object more) {
        Object[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = more;
        return all;
    }

    @Test
    void theMatrixOfAnotherModelIsRefused() {
        Path other = Cli.TESTDATA.resolve("golden/odd/imatrix.gguf");
        String line = convert(temp.resolve("out"), "--imatrix", other).exits(3).refusal();
        assertTrue(line.contains("imatrix.gguf") && line.contains("weights for"), line);
        assertFalse(Files.exists(temp.resolve("out")));
        String missing =
                convert(temp.resolve("out"), "--imatrix", temp.resolve("no.gguf"))
                        .exits(3)
                        .refusal();
        assertTrue(missing.contains("no.gguf"), missing);
    }

    @Test
    void theDraftHeadIsDroppedOnRequest() {
        JsonNode target =
                targets(convert(temp.resolve("out"), "--mtp", "drop", "--json").exits(0)).path(0);
        long draft = 0;
        for (JsonNode l : target.path("leftOut")) {
            if (l.path("tensor").asString().startsWith("mtp.")) {
                assertTrue(l.path("reason").asString().contains("dropped"), l.toString());
                draft++;
            }
        }
        assertEquals(15, draft);
        assertEquals(55, target.path("tensors").size());
        assertFalse(target.path("settings").path("mtp").asBoolean(true));
        verify(temp.resolve("out")).exits(0);
    }

    @Test
    void shardsAreOneModel() throws IOException {
        Path out = temp.resolve("out");
        convert(out, "--split-max-size", "1m", "--mmproj", "none").exits(0);
        Path folder = out.resolve("gguf");
        List<String> shards = Cli.listing(folder);
        assertEquals("tiny-qwen35-Q4_K_M-00001-of-00003.gguf", shards.getFirst());
        assertEquals(3, shards.size());
        // From any shard, and from the folder once.
        JsonNode all = verify(out, "--json").exits(0).json().path("files");
        assertEquals(1, all.size());
        assertEquals("passed", all.path(0).path("faithful").path("verdict").asString());
        verify(folder.resolve(shards.get(1))).exits(0);
        // A flipped byte in the last one is found.
        Path last = folder.resolve(shards.getLast());
        byte[] bytes = Files.readAllBytes(last);
        bytes[bytes.length - 100] ^= 1;
        Files.write(last, bytes);
        assertTrue(verify(out).exits(1).out().contains("numbers are not the planned ones"));
        Files.delete(last);
        String lacking = verify(out).exits(1).out();
        assertTrue(lacking.contains(shards.getLast()) && lacking.contains("missing"), lacking);
    }

    @Test
    void shardsTooSmallForATensorAreRefused() {
        Path out = temp.resolve("out");
        // The embedding of the trained model takes more than a quantized megabyte as F32.
        String line =
                convert(out, "--gguf-type", "F32", "--split-max-size", "1M").exits(2).refusal();
        assertTrue(line.contains("token_embd.weight"), line);
        assertFalse(Files.exists(out));
    }

    @Test
    void overridesAreInTheFileAndInTheSettings() {
        Path out = temp.resolve("out");
        JsonNode target =
                targets(
                                convert(
                                                out,
                                                "--tensor-type",
                                                "ffn_down=Q8_0",
                                                "--output-type",
                                                "Q5_K",
                                                "--json")
                                        .exits(0))
                        .path(0);
        for (JsonNode t : target.path("tensors")) {
            String name = t.path("name").asString();
            if (name.contains("ffn_down")) {
                assertEquals("Q8_0", t.path("type").asString(), name);
            }
            if (name.equals("token_embd.weight")) {
                assertEquals("Q5_K", t.path("type").asString(), name);
            }
        }
        assertEquals("[\"ffn_down=Q8_0\"]", target.path("settings").path("tensorTypes").toString());
        verify(out).exits(0);
    }

    @Test
    void settingsThatNobodyWroteAreRefused() throws IOException {
        Path out = temp.resolve("out");
        convert(out, "--mmproj", "none", "--pure").exits(0);
        Path file = out.resolve("gguf/tiny-qwen35-Q4_K_M.gguf");
        byte[] bytes = Files.readAllBytes(file);
        byte[] wanted = "\"pure\":true".getBytes(StandardCharsets.UTF_8);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\"pure\":true");
        assertTrue(at > 0);
        bytes[at + wanted.length] = '}';
        bytes[at] = '{';
        Files.write(file, bytes);
        String said = verify(file).exits(1).out();
        assertTrue(said.contains("settings that Pennyweight never writes"), said);
    }
}
