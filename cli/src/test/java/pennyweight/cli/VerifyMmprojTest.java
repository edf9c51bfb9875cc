package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.run.StagedOutput;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.Targets;
import pennyweight.converter.work.Progress;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufType;
import tools.jackson.databind.JsonNode;

/** Files of the vision tower that were damaged after they were written are found out. */
final class VerifyMmprojTest {
    @TempDir private Path temp = Path.of("");
    private Path mmproj = Path.of("");

    @BeforeEach
    void write() {
        TargetSettings settings = new TargetSettings.Mmproj(GgufFileType.F16);
        try (Checkpoint source = Checkpoint.open(Cli.TINY)) {
            OutputPlan plan =
                    new OutputPlan(
                            temp,
                            List.of(Targets.of(settings).plan(source, settings, "tiny-qwen35")));
            new TileRun(source, 2, Progress.SILENT).write(List.of(new StagedOutput(plan, temp)));
            mmproj = temp.resolve(plan.targets().getFirst().main());
        }
    }

    private static Cli verify(Path file, Object... more) {
        Object[] command = {"verify", file, "--against", Cli.TINY, "--depth", "quick"};
        Object[] all = java.util.Arrays.copyOf(command, command.length + more.length);
        System.arraycopy(more, 0, all, command.length, more.length);
        return Cli.run(all);
    }

    private void failed(String... named) {
        Cli cli = verify(mmproj).exits(1);
        assertTrue(
                cli.out()
                        .lines()
                        .filter(l -> l.contains(": not faithful: "))
                        .anyMatch(l -> List.of(named).stream().allMatch(l::contains)),
                () -> String.join(" + ", named) + " is not named in\n" + cli.out());
    }

    private GgufTensor tensor(String name) {
        try (GgufFile file = GgufFile.open(mmproj)) {
            return file.tensor(name).orElseThrow();
        }
    }

    @Test
    void aSoundFilePassesWithFiguresOfAnImage() {
        String out = verify(mmproj).exits(0).out();
        assertTrue(
                out.lines()
                        .anyMatch(l ->
                                l.matches(
                                        ".* gguf mmproj F16 .* passed +passed +- +- +- +0\\.00000 .*")),
                out);
        assertFalse(out.contains("no forward pass"), out);
        JsonNode file = verify(mmproj, "--json").exits(0).json().path("files").path(0);
        JsonNode faithful = file.path("faithful");
        assertEquals("passed", faithful.path("verdict").asString());
        assertTrue(faithful.path("klDivergence").isNull());
        assertEquals(0, faithful.path("image").path("relativeRmse").doubleValue());
        assertTrue(faithful.path("image").path("klDivergence").isNull());
        JsonNode good = file.path("good");
        assertEquals("passed", good.path("verdict").asString());
        assertTrue(good.path("klDivergence").isNull());
        assertTrue(good.path("noForwardPass").asString().contains("decoder"));
        assertEquals(6, good.path("image").path("tokens").intValue());
        assertEquals(0.01, good.path("image").path("limit").doubleValue());
        assertTrue(good.path("image").path("relativeRmse").doubleValue() < 1e-5);
        assertTrue(good.path("image").path("klDivergence").isNull());
    }

    @Test
    void aFlippedByte() throws IOException {
        Damage.flip(mmproj, tensor("v.blk.1.ffn_up.weight").offset() + 4000, 1);
        failed("tensor v.blk.1.ffn_up.weight", "numbers are not the planned ones");
    }

    @Test
    void exchangedTensors() throws IOException {
        GgufTensor a = tensor("v.blk.0.attn_qkv.weight");
        GgufTensor b = tensor("v.blk.1.attn_qkv.weight");
        assertEquals(a.bytes(), b.bytes());
        Damage.swap(mmproj, a.offset(), b.offset(), a.bytes());
        failed("tensor v.blk.0.attn_qkv.weight");
        failed("tensor v.blk.1.attn_qkv.weight");
    }

    @Test
    void exchangedFrames() throws IOException {
        GgufTensor a = tensor("v.patch_embd.weight");
        GgufTensor b = tensor("v.patch_embd.weight.1");
        Damage.swap(mmproj, a.offset(), b.offset(), a.bytes());
        failed("tensor v.patch_embd.weight:");
        failed("tensor v.patch_embd.weight.1:");
        assertTrue(
                verify(mmproj).out().contains("not good: tensor v.patch_embd.weight.1: "),
                "each frame is judged against its own half of the filters");
        imageShowsIt();
    }

    /** The two frames of the test image differ. */
    private void imageShowsIt() {
        failed("makes something else of an image than its plan");
        assertTrue(
                verify(mmproj).out().contains("not good: embeddings of an image: relative RMSE"),
                "it is not good either");
    }

    /** The channels of each filter behind its rows and columns, as MLX has them. */
    @Test
    void filtersInAnotherLayout() throws IOException {
        for (String name : List.of("v.patch_embd.weight", "v.patch_embd.weight.1")) {
            GgufTensor t = tensor(name);
            assertEquals(GgufType.F16, t.type());
            byte[] all = Files.readAllBytes(mmproj);
            byte[] moved = new byte[Math.toIntExact(t.bytes())];
            int channels = 3;
            int area = 256;
            for (int i = 0; i < moved.length / 2; i++) {
                int filter = i / (channels * area);
                int place = i % (channels * area);
                int from = (filter * channels + place % channels) * area + place / channels;
                System.arraycopy(all, Math.toIntExact(t.offset()) + 2 * from, moved, 2 * i, 2);
            }
            Damage.patch(mmproj, t.offset(), moved);
        }
        imageShowsIt();
    }

    @Test
    void exchangedActivations() throws IOException {
        String key = "clip.use_gelu";
        String content = Files.readString(mmproj, StandardCharsets.ISO_8859_1);
        int value = content.indexOf(key) + key.length() + 4;
        Damage.patch(mmproj, value, new byte[] {0});
        failed(key);
        assertTrue(
                verify(mmproj).out().contains("not good: has " + key + " false"),
                "it is not good either");
    }

    @Test
    void anotherMeanOfPixels() throws IOException {
        String key = "clip.vision.image_mean";
        String content = Files.readString(mmproj, StandardCharsets.ISO_8859_1);
        // Behind the key: the types of the value and of its elements, and their number.
        int value = content.indexOf(key) + key.length() + 4 + 4 + 8;
        Damage.patch(
                mmproj,
                value,
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0.48f).array());
        failed(key);
        assertTrue(
                verify(mmproj).out().contains("not good: has " + key + " [0.48, 0.5, 0.5]"),
                "it is not good either");
    }

    @Test
    void aTruncatedFile() throws IOException {
        Damage.truncate(mmproj, 100_000);
        failed("cannot be read", "tensor ");
    }

    @Test
    void itMakesNoLogits() {
        String line =
                Cli.run("logits", mmproj, "--tokens", "1,2", "--out", temp.resolve("l.safetensors"))
                        .exits(4)
                        .refusal();
        assertTrue(line.contains("holds no decoder"), line);
    }

    @Test
    void inspectShowsIt() {
        String out = Cli.run("inspect", mmproj).exits(0).out();
        assertTrue(out.contains("clip"), out);
        assertTrue(out.contains("v.patch_embd.weight.1"), out);
    }
}
