package pennyweight.converter.target;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.run.StagedOutput;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.work.Progress;
import pennyweight.formats.safetensors.SafetensorsFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An MLX folder that a test wrote. */
record MlxWritten(Path folder) {
    /** What a record says of a tensor. */
    record Digest(String dtype, List<Long> shape, String sha256) {
        static Digest of(JsonNode recorded) {
            List<Long> shape = new ArrayList<>();
            recorded.path("shape").forEach(d -> shape.add(d.longValue()));
            return new Digest(
                    recorded.path("dtype").asString(), shape, recorded.path("sha256").asString());
        }
    }

    /** Converts a checkpoint into {@code folder}. */
    static MlxWritten of(Path model, TargetSettings settings, Path folder) {
        try (Checkpoint source = Checkpoint.open(model)) {
            TargetPlan target = Targets.of(settings).plan(source, settings, "model");
            OutputPlan plan = new OutputPlan(folder, List.of(target));
            Files.createDirectories(folder);
            new TileRun(source, 2, Progress.SILENT).write(List.of(new StagedOutput(plan, folder)));
            return new MlxWritten(folder.resolve(target.main()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Plans a folder without writing it. */
    static TargetPlan plan(Path model, TargetSettings settings) {
        try (Checkpoint source = Checkpoint.open(model)) {
            return Targets.of(settings).plan(source, settings, "model");
        }
    }

    /** A JSON file that a plan writes. */
    static JsonNode json(TargetPlan plan, String name) {
        for (PlannedFile file : plan.files()) {
            if (file instanceof PlannedFile.Whole whole && file.path().endsWith(name)) {
                return JsonMapper.shared()
                        .readTree(new String(whole.content().toArray(), StandardCharsets.UTF_8));
            }
        }
        throw new AssertionError("the plan does not write " + name);
    }

    Map<String, Digest> tensors() {
        Map<String, Digest> tensors = new TreeMap<>();
        try (SafetensorsFolder shards = SafetensorsFolder.open(folder)) {
            shards.tensors()
                    .forEach(t ->
                            tensors.put(
                                    t.name(),
                                    new Digest(
                                            t.dtype().name(),
                                            t.shape().dimensions(),
                                            sha256(
                                                    shards.input(t)
                                                            .read(t.offset(), (int) t.bytes())))));
        }
        return tensors;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Set<String> fileNames() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> String.valueOf(f.getFileName())).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
