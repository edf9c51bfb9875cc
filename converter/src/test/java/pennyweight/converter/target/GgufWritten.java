package pennyweight.converter.target;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.run.StagedOutput;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.work.Progress;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;

/** Writes GGUF files of a checkpoint for tests. */
final class GgufWritten {
    private GgufWritten() {}

    /** The file that these settings give, opened. */
    static GgufFile open(Path checkpoint, TargetSettings settings, String name, Path folder) {
        try (Checkpoint source = Checkpoint.open(checkpoint)) {
            TargetPlan plan = new GgufTarget().plan(source, settings, name);
            OutputPlan output = new OutputPlan(folder, List.of(plan));
            Files.createDirectories(folder);
            new TileRun(source, 2, Progress.SILENT)
                    .write(List.of(new StagedOutput(output, folder)));
            return GgufFile.open(folder.resolve(plan.main()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The SHA-256 of a tensor's bytes. */
    static String sha256(GgufFile file, GgufTensor tensor) {
        return sha256(file.input().read(tensor.offset(), Math.toIntExact(tensor.bytes())));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
