package pennyweight.converter.verify;

import java.util.List;
import java.util.Optional;

/**
 * Whether a file still computes what its source does.
 *
 * @param problems one line each; empty when the file is good
 * @param predictions of the file's forward pass against the source's
 * @param image what the file makes of an image; nothing where it holds no vision tower
 * @param limits what is allowed of the predictions
 * @param worst the tensor that uses most of what its bits allow
 * @param errors of every tensor, in the file's order
 */
public record Good(
        List<String> problems,
        Predictions predictions,
        Optional<ImageError> image,
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
