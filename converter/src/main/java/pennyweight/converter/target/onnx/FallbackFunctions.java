package pennyweight.converter.target.onnx;

import java.util.ArrayList;
import java.util.List;
import pennyweight.converter.model.DeltaShape;
import pennyweight.formats.DType;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxDimension;
import pennyweight.formats.onnx.OnnxFunction;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxOpset;
import pennyweight.formats.onnx.OnnxValueInfo;

/**
 * Bodies of two operators for ONNX Runtime 1.23 and 1.24, which lack them: a runtime that has the
 * kernel takes it, another one puts the body in its place. Sizes are baked in, since a function
 * cannot compute with its attributes.
 */
public final class FallbackFunctions {
    private static final List<OnnxOpset> OPSETS = List.of(new OnnxOpset("", OnnxDecoder.OPSET));

    private final List<OnnxNode> nodes = new ArrayList<>();

    private FallbackFunctions() {}

    /** CausalConvWithState with SiLU and no bias. */
    public static OnnxFunction causalConv(long channels, long kernel) {
        FallbackFunctions f = new FallbackFunctions();
        f.add("Concat", "all", List.of("past_state", "input"), OnnxAttribute.of("axis", 2));
        f.add(
                "Conv",
                "raw",
                List.of("all", "weight"),
                OnnxAttribute.of("group", channels),
                OnnxAttribute.ints("kernel_shape", kernel));
        f.add("Sigmoid", "gate", List.of("raw"));
        f.add("Mul", "output", List.of("raw", "gate"));
        f.constant("start", 1 - kernel);
        f.constant("end", Long.MAX_VALUE);
        f.constant("time", 2L);
        f.add("Slice", "present_state", List.of("all", "start", "end", "time"));
        return new OnnxFunction(
                GraphBuilder.CONTRIB,
                "CausalConvWithState",
                List.of("input", "weight", "bias", "past_state"),
                List.of("output", "present_state"),
                List.of("activation"),
                f.nodes,
                OPSETS);
    }

    /** LinearAttention with the gated delta rule and scale 1. */
    public static OnnxFunction linearAttention(DeltaShape s) {
        long hk = s.keyHeads();
        long hv = s.valueHeads();
        FallbackFunctions f = new FallbackFunctions();
        f.constant("heads_shape", 0L, 0L, hk, 1L, (long) s.keyDim());
        f.constant("repeats", 1L, 1L, 1L, hv / hk, 1L);
        f.constant("keys_shape", 0L, 0L, hv, 1L, (long) s.keyDim());
        f.constant("values_shape", 0L, 0L, hv, 1L, (long) s.valueDim());
        f.constant("gates_shape", 0L, 0L, hv, 1L, 1L);
        f.constant("flat_shape", 0L, 0L, hv * s.valueDim());
        for (String x : List.of("query", "key")) {
            f.add("Reshape", x + "_heads", List.of(x, "heads_shape"));
            f.add("Tile", x + "_tiled", List.of(x + "_heads", "repeats"));
            f.add("Reshape", x + "_steps", List.of(x + "_tiled", "keys_shape"));
        }
        f.add("Reshape", "value_steps", List.of("value", "values_shape"));
        f.add("Reshape", "decay_steps", List.of("decay", "gates_shape"));
        f.add("Reshape", "beta_steps", List.of("beta", "gates_shape"));
        f.nodes.add(
                new OnnxNode(
                        "Scan",
                        "",
                        "scan",
                        List.of(
                                "past_state",
                                "query_steps",
                                "key_steps",
                                "value_steps",
                                "decay_steps",
                                "beta_steps"),
                        List.of("present_state", "output_steps"),
                        List.of(
                                new OnnxAttribute.GraphValue("body", step(s)),
                                OnnxAttribute.of("num_scan_inputs", 5),
                                OnnxAttribute.ints("scan_input_axes", 1L, 1L, 1L, 1L, 1L),
                                OnnxAttribute.ints("scan_output_axes", 1L))));
        f.add("Reshape", "output", List.of("output_steps", "flat_shape"));
        return new OnnxFunction(
                GraphBuilder.CONTRIB,
                "LinearAttention",
                List.of("query", "key", "value", "past_state", "decay", "beta"),
                List.of("output", "present_state"),
                List.of("kv_num_heads", "q_num_heads", "scale", "update_rule"),
                f.nodes,
                OPSETS);
    }

    /** One token. The state has rows of keys and columns of values. */
    private static OnnxGraph step(DeltaShape s) {
        FallbackFunctions f = new FallbackFunctions();
        f.add("Exp", "factor", List.of("g"));
        f.add("Mul", "decayed", List.of("state", "factor"));
        f.add("MatMul", "memory", List.of("k", "decayed"));
        f.add("Sub", "error", List.of("v", "memory"));
        f.add("Mul", "change", List.of("error", "b"));
        f.add("Transpose", "k_column", List.of("k"), OnnxAttribute.ints("perm", 0L, 1L, 3L, 2L));
        f.add("MatMul", "write", List.of("k_column", "change"));
        f.add("Add", "new_state", List.of("decayed", "write"));
        f.add("MatMul", "o", List.of("q", "new_state"));
        long hv = s.valueHeads();
        return new OnnxGraph(
                "step",
                f.nodes,
                List.of(),
                List.of(
                        value("state", hv, s.keyDim(), s.valueDim()),
                        value("q", hv, 1, s.keyDim()),
                        value("k", hv, 1, s.keyDim()),
                        value("v", hv, 1, s.valueDim()),
                        value("g", hv, 1, 1),
                        value("b", hv, 1, 1)),
                List.of(
                        value("new_state", hv, s.keyDim(), s.valueDim()),
                        value("o", hv, 1, s.valueDim())));
    }

    private static OnnxValueInfo value(String name, long heads, long rows, long columns) {
        return new OnnxValueInfo(
                name,
                DType.F32,
                List.of(
                        OnnxDimension.of(""),
                        OnnxDimension.of(heads),
                        OnnxDimension.of(rows),
                        OnnxDimension.of(columns)));
    }

    private void add(String op, String out, List<String> in, OnnxAttribute... attributes) {
        nodes.add(new OnnxNode(op, "", out, in, List.of(out), List.of(attributes)));
    }

    private void constant(String out, Long... values) {
        add("Constant", out, List.of(), OnnxAttribute.ints("value_ints", values));
    }
}
