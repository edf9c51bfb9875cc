package pennyweight.converter.run;

import java.nio.file.Path;
import pennyweight.converter.plan.OutputPlan;

/** An output, and the folder to write it into, which exists and is empty. */
public record StagedOutput(OutputPlan plan, Path folder) {}
