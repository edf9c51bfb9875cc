package pennyweight.converter.plan;

import java.nio.file.Path;
import pennyweight.formats.Bytes;

/** A file that will be written; {@code path} is relative to the output folder. */
public sealed interface PlannedFile {
    Path path();

    long bytes();

    /** A file whose content is known when the plan is made: a config, a graph. */
    record Whole(Path path, Bytes content) implements PlannedFile {
        @Override
        public long bytes() {
            return content.length();
        }
    }

    /** A file copied from the checkpoint. */
    record Copy(Path path, Path source, long bytes) implements PlannedFile {}

    /** A file of tensors: {@code head} is known, the rest comes from the tiles. */
    record Tensors(Path path, Bytes head, long bytes) implements PlannedFile {}
}
