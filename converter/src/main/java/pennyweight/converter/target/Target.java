package pennyweight.converter.target;

import java.nio.file.Path;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.source.Checkpoint;

/** An output format: lays out what a checkpoint becomes, and opens what anybody wrote. */
public interface Target {
    /** The format's name on the command line. */
    String format();

    /**
     * Plans a target's files. Reads configs and headers of the checkpoint, no weights.
     *
     * @param name of the model, which file names begin with
     */
    TargetPlan plan(Checkpoint source, TargetSettings settings, String name);

    /** Whether the file or folder looks like one of this format. */
    boolean recognises(Path path);

    /** Opens a file or folder as a stranger would: nothing is known but what stands in it. */
    OpenedFile open(Path path);
}
