package pennyweight.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.work.Progress;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.OutputFile;
import pennyweight.formats.safetensors.SafetensorsFile;
import pennyweight.formats.safetensors.SafetensorsLayout;

/** A safetensors file with logits, which appears under its name when it is whole. */
final class LogitsFile implements AutoCloseable {
    private static final String TENSOR = "logits";

    /** Floats held at once. */
    private static final int CHUNK_FLOATS = 1 << 20;

    private final Path path;
    private final Path staging;
    private boolean closed;

    private LogitsFile(Path path, Path staging) {
        this.path = path;
        this.staging = staging;
    }

    /**
     * Begins a file.
     *
     * @throws Refusal where something stands at {@code path} that is no earlier file of logits, or
     *     the folder is missing
     */
    static LogitsFile begin(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw Refusal.couldNotWrite(
                    path, "its folder does not exist", "make it, or choose another --out", null);
        }
        if (Files.exists(absolute) && !isLogits(absolute)) {
            throw Refusal.couldNotWrite(
                    path,
                    "is there already, and holds no logits",
                    "remove it, or choose another --out",
                    null);
        }
        Path staging =
                folder.resolve(
                        "."
                                + absolute.getFileName()
                                + "."
                                + ProcessHandle.current().pid()
                                + ".part");
        return new LogitsFile(absolute, staging);
    }

    private static boolean isLogits(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            return file.tensors().size() == 1 && file.tensor(TENSOR).isPresent();
        } catch (Refusal e) {
            // Whatever it is, it is not ours to replace.
            return false;
        }
    }

    /** Writes all logits, a range of the vocabulary at a time. */
    void write(Logits logits, Progress progress) {
        int tokens = logits.tokens();
        int vocabulary = logits.vocabulary();
        SafetensorsLayout layout =
                SafetensorsLayout.of(
                        List.of(
                                new SafetensorsLayout.Tensor(
                                        TENSOR, DType.F32, Shape.of(tokens, vocabulary))),
                        Map.of());
        int step = Math.clamp(CHUNK_FLOATS / tokens, 1, vocabulary);
        float[] chunk = new float[Math.multiplyExact(tokens, step)];
        ByteBuffer row = ByteBuffer.allocate(step * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        progress.begin("write logits", vocabulary, "columns");
        try (OutputFile file = OutputFile.create(staging, layout.fileSize())) {
            byte[] header = layout.header().toArray();
            file.write(0, header, 0, header.length);
            for (int first = 0; first < vocabulary; first += step) {
                int count = Math.min(step, vocabulary - first);
                logits.columns(first, count, chunk);
                for (int t = 0; t < tokens; t++) {
                    row.clear();
                    row.asFloatBuffer().put(chunk, t * count, count);
                    long at = (long) t * vocabulary + first;
                    file.write(
                            layout.offset(0) + at * Float.BYTES,
                            row.array(),
                            0,
                            count * Float.BYTES);
                }
                progress.advance(count);
            }
            file.sync();
        }
        progress.end();
        publish();
    }

    private synchronized void publish() {
        if (closed) {
            return;
        }
        try {
            Files.move(
                    staging,
                    path,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(path, e);
        }
    }

    /** Removes what was begun, unless it was whole. */
    @Override
    public synchronized void close() {
        closed = true;
        try {
            Files.deleteIfExists(staging);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(staging, e);
        }
    }
}
