package pennyweight.converter.target.onnx;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import pennyweight.converter.Version;
import pennyweight.converter.model.Model;
import pennyweight.converter.model.Role;
import pennyweight.formats.DType;
import pennyweight.formats.onnx.OnnxDimension;
import pennyweight.formats.onnx.OnnxFunction;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxOpset;
import pennyweight.quantizer.encoding.Encoding;

/**
 * The text decoder of a model as an ONNX graph, and where its weights go.
 *
 * <p>Inputs: {@code input_ids} int64 [batch_size, sequence_length], {@code attention_mask} int64
 * [batch_size, total_sequence_length], and the state of each layer, float32, under the names that
 * transformers.js makes caches for: {@code past_key_values.i.key} and {@code .value}, {@code
 * past_conv.i}, {@code past_recurrent.i}. Outputs: {@code logits} float32 [batch_size,
 * sequence_length, V] and each state as {@code present.i.key}, {@code present.i.value}, {@code
 * present_conv.i}, {@code present_recurrent.i}. There is no input of positions: they follow from
 * the mask.
 *
 * @param tensors planes of the weights in the sidecar, by rising offset
 * @param dataBytes length of the sidecar
 */
public record OnnxDecoder(OnnxModel model, List<Placed> tensors, long dataBytes) {
    /** Version of ONNX's operators; with {@link #IR} known to ONNX Runtime from 1.22 on. */
    static final long OPSET = 21;

    static final long IR = 10;

    public OnnxDecoder {
        tensors = List.copyOf(tensors);
    }

    /**
     * Writes the graph of {@code model}.
     *
     * @param stored the encoding of each tensor of the text decoder: {@code MatMulNBits} for
     *     matrices, plain float32 for everything
     * @param accuracyLevel MatMulNBits' accuracy_level: 0, or 4 for the fast int8 kernels
     * @param dataFileName the sidecar's name, beside the graph
     * @param metadataProps keys and values to keep in the model
     * @throws IllegalArgumentException if an encoding cannot be held
     */
    public static OnnxDecoder build(
            Model model,
            Function<Role, Encoding> stored,
            int accuracyLevel,
            String dataFileName,
            Map<String, String> metadataProps) {
        if (accuracyLevel < 0 || accuracyLevel > 4) {
            throw new IllegalArgumentException("no accuracy level " + accuracyLevel);
        }
        WeightPlaces weights = new WeightPlaces(model, stored);
        GraphBuilder graph = new GraphBuilder();
        OnnxDimension batch = OnnxDimension.of("batch_size");
        OnnxDimension tokens = OnnxDimension.of("sequence_length");
        String ids = graph.input("input_ids", DType.I64, batch, tokens);
        String mask =
                graph.input(
                        "attention_mask",
                        DType.I64,
                        batch,
                        OnnxDimension.of("total_sequence_length"));
        OnnxPositions positions = new OnnxPositions(graph, ids, mask);
        OnnxOps ops = new OnnxOps(graph, weights, accuracyLevel, positions);
        String logits =
                graph.output(
                        "logits", DType.F32, batch, tokens, OnnxDimension.of(model.vocabulary()));
        graph.scope("embed");
        String x = model.embed(ops, ids);
        for (int layer = 0; layer < model.layers(); layer++) {
            graph.scope("layers." + layer);
            x = model.layer(ops, layer, x);
        }
        graph.scope("head");
        ops.linear(model.head(), model.finish(ops, x), logits);
        OnnxModel onnx =
                new OnnxModel(
                        IR,
                        "pennyweight",
                        Version.CURRENT,
                        List.of(new OnnxOpset("", OPSET), new OnnxOpset(GraphBuilder.CONTRIB, 1)),
                        graph.build("decoder", weights.initializers(dataFileName)),
                        oneEach(ops.functions()),
                        metadataProps);
        return new OnnxDecoder(onnx, weights.all(), weights.bytes());
    }

    private static List<OnnxFunction> oneEach(List<OnnxFunction> functions) {
        Set<String> names = new HashSet<>();
        for (OnnxFunction f : functions) {
            if (!names.add(f.name())) {
                throw new IllegalArgumentException(
                        f.name() + " has several sizes in one model: one function cannot be all");
            }
        }
        return functions;
    }
}
