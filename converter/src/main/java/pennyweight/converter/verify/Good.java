package pennyweight.converter.verify;

import java.util.List;

/**
 * Whether a file still computes what its source does.
 *
 * @param problems one line each; empty when the file is good
 * @param predictions of the file's forward pass against the source's
 * @param limits what is allowed of them
 * @param worst the tensor that uses most of what its bits allow
 * @param errors of every tensor, in the file's order
 */
public record Good(
        List<String> problems,
        Predictions predictions,
        Limits limits,
        TensorError worst,
        List<TensorError> errors) {
    public Good {
        problems = List.copyOf(problems);
        errors = List.copyOf(errors);
    }

    public boolean failed() {
        return !problems.isEmpty();
    }
}
