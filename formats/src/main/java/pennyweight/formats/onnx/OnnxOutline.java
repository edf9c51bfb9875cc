package pennyweight.formats.onnx;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * What an ONNX file says of itself, without any numbers: for looking at files that we cannot
 * compute with.
 *
 * @param opsets version by domain, "" for ONNX's own operators
 * @param operators how often each is there, nested graphs and functions included; names with their
 *     domain where that is not ONNX's own
 * @param functions names of the model's own functions
 */
public record OnnxOutline(
        long irVersion,
        String producer,
        SequencedMap<String, Long> opsets,
        SequencedMap<String, String> metadataProps,
        String graph,
        List<Value> inputs,
        List<Value> outputs,
        Map<String, Integer> operators,
        List<String> functions,
        List<Tensor> tensors) {
    public OnnxOutline {
        opsets = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(opsets));
        metadataProps = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadataProps));
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        operators = Collections.unmodifiableMap(new TreeMap<>(operators));
        functions = List.copyOf(functions);
        tensors = List.copyOf(tensors);
    }

    /**
     * An input or output.
     *
     * @param type as a name; "" of what is no tensor
     * @param dimensions numbers, or names of what only a run knows
     */
    public record Value(String name, String type, List<String> dimensions) {
        public Value {
            dimensions = List.copyOf(dimensions);
        }
    }

    /**
     * An initializer.
     *
     * @param location the sidecar, or "" of one whose numbers are in the graph
     * @param offset in the sidecar
     */
    public record Tensor(
            String name,
            String type,
            List<Long> dimensions,
            long bytes,
            String location,
            long offset) {
        public Tensor {
            dimensions = List.copyOf(dimensions);
        }
    }
}
