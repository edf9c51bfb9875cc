package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.safetensors.SafetensorsFile;

/** Logits of checkpoints and of written files. */
final class LogitsTest {
    private static final int[] IDS = {5, 1999, 0, 2047, 17, 17, 300};

    @TempDir private Path temp;

    private static float[] expected() {
        try (Checkpoint source = Checkpoint.open(Cli.TINY);
                ForwardPass pass = new ForwardPass(source.model(), source.weights(), 1)) {
            return pass.begin().prefill(IDS).all();
        }
    }

    private static float[] read(Path file) {
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            TensorEntry t = opened.tensor("logits").orElseThrow();
            assertEquals(DType.F32, t.dtype());
            assertEquals(Shape.of(IDS.length, 2048), t.shape());
            assertEquals(1, opened.tensors().size());
            float[] values = new float[IDS.length * 2048];
            ByteBuffer.wrap(opened.input().read(t.offset(), (int) t.bytes()))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
            return values;
        }
    }

    @Test
    void ofACheckpointAreThoseOfTheForwardPass() throws IOException {
        Path ids = temp.resolve("ids.json");
        Files.writeString(ids, "[5, 1999, 0, 2047, 17, 17, 300]\n");
        Path out = temp.resolve("l.safetensors");
        Cli.run("logits", Cli.TINY, "--tokens", ids, "--out", out).exits(0);
        assertArrayEquals(expected(), read(out));
        // A second run replaces the first.
        Cli.run("logits", Cli.TINY, "--tokens", "5,1999,0,2047,17,17,300", "--out", out, "--quiet")
                .exits(0);
        assertArrayEquals(expected(), read(out));
        assertEquals(List.of("ids.json", "l.safetensors"), Cli.listing(temp));
    }

    @Test
    void ofEveryFormatAreNearThoseOfTheCheckpoint() {
        Path files = temp.resolve("files");
        Cli.run("convert", Cli.TINY, "--bits", "8", "--out", files, "--verify", "none").exits(0);
        float[] expected = expected();
        for (String path : List.of("gguf/tiny-qwen35-Q8_0.gguf", "mlx", "onnx/model.onnx")) {
            Path out = temp.resolve("l.safetensors");
            Cli.run(
                            "logits",
                            files.resolve(path),
                            "--tokens",
                            "5,1999,0,2047,17,17,300",
                            "--out",
                            out)
                    .exits(0);
            float[] actual = read(out);
            double square = 0;
            double error = 0;
            for (int i = 0; i < actual.length; i++) {
                square += (double) expected[i] * expected[i];
                error += Math.pow(expected[i] - actual[i], 2);
            }
            double relative = Math.sqrt(error / square);
            assertTrue(relative > 0 && relative < 0.05, path + ": " + relative);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,2048", "1,-1", "1,,2", "", "[1]", "99999999999999", "none.json"})
    void tokensThatAreNoneAreRefused(String tokens) throws IOException {
        Cli cli =
                Cli.run(
                        "logits",
                        Cli.TINY,
                        "--tokens",
                        tokens,
                        "--out",
                        temp.resolve("l.safetensors"));
        cli.exits(3).refusal();
        assertEquals(List.of(), Cli.listing(temp));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\": 1}", "[]", "[1.5]", "[\"1\"]", "[1", "[[1]]"})
    void filesWithoutTokensAreRefused(String json) throws IOException {
        Path ids = temp.resolve("ids.json");
        Files.writeString(ids, json);
        Cli cli =
                Cli.run(
                        "logits",
                        Cli.TINY,
                        "--tokens",
                        ids,
                        "--out",
                        temp.resolve("l.safetensors"));
        assertTrue(cli.exits(3).refusal().contains("ids.json"), cli.err());
        assertEquals(List.of("ids.json"), Cli.listing(temp));
    }

    @Test
    void nothingElseIsOverwritten() throws IOException {
        Path mine = temp.resolve("mine.safetensors");
        Files.writeString(mine, "mine");
        Path shard = temp.resolve("model.safetensors");
        Files.copy(Cli.TINY.resolve("model.safetensors-00001-of-00002.safetensors"), shard);
        long bytes = Files.size(shard);
        for (Path out :
                List.of(mine, shard, temp, temp.resolve("no/folder"), mine.resolve("below"))) {
            Cli.run("logits", Cli.TINY, "--tokens", "1", "--out", out).exits(5).refusal();
        }
        assertEquals("mine", Files.readString(mine));
        assertEquals(bytes, Files.size(shard));
        assertEquals(List.of("mine.safetensors", "model.safetensors"), Cli.listing(temp));
    }
}
