package pennyweight.converter.verify;

import java.util.function.Supplier;
import pennyweight.converter.work.Progress;

/** Shows a forward pass as one step of progress. */
record Stages(Progress progress) {
    <T> T run(String what, Supplier<T> work) {
        progress.begin(what, 1, "pass");
        T result = work.get();
        progress.advance(1);
        progress.end();
        return result;
    }
}
