package pennyweight.converter.verify.onnx;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.work.Workers;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.onnx.OnnxData;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxReader;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.formats.onnx.OnnxValueInfo;

/**
 * An ONNX decoder, open for evaluation: node after node of the file's own graph in float32,
 * whatever its accuracy_level. Weights are streamed from the sidecar in chunks of rows.
 *
 * <p>Everything that does not fit is refused with a {@link Refusal} that names the node: an unknown
 * operator or attribute, a value that no node makes or uses, a shape that does not match.
 *
 * <p>To be used, with its sessions and their logits, by one thread at a time.
 */
public final class OnnxEvaluator implements LanguageModel {
    private final Path file;
    private final OnnxModel model;
    private final Workers workers;
    private final Map<String, InputFile> sidecars = new HashMap<>();
    private final Map<String, Value> initializers = new HashMap<>();
    private final Map<String, Integer> lastUses = new HashMap<>();

    private OnnxEvaluator(Path file, OnnxModel model, int jobs) {
        this.file = file;
        this.model = model;
        this.workers = new Workers(jobs);
    }

    /**
     * Opens and checks a graph.
     *
     * @param jobs worker threads; results do not depend on it
     * @throws Refusal if the file, its sidecar or its graph is not sound
     */
    public static OnnxEvaluator open(Path file, int jobs) {
        OnnxModel model = OnnxReader.read(file);
        GraphCheck.check(file, model);
        FunctionCheck.check(file, model);
        OnnxEvaluator evaluator = new OnnxEvaluator(file, model, jobs);
        boolean opened = false;
        try {
            evaluator.load();
            opened = true;
        } finally {
            if (!opened) {
                evaluator.close();
            }
        }
        return evaluator;
    }

    private void load() {
        for (OnnxTensor t : model.graph().initializers()) {
            initializers.put(t.name(), value(t));
        }
        List<OnnxNode> nodes = model.graph().nodes();
        for (int i = 0; i < nodes.size(); i++) {
            for (String in : nodes.get(i).inputs()) {
                lastUses.put(in, i);
            }
        }
        for (OnnxValueInfo out : model.graph().outputs()) {
            lastUses.put(out.name(), nodes.size());
        }
    }

    private Value value(OnnxTensor t) {
        return switch (t.data()) {
            case OnnxData.External d ->
                    new Stored(
                            t.name(),
                            sidecars.computeIfAbsent(
                                    d.location(),
                                    name -> InputFile.open(file.resolveSibling(name))),
                            t.dtype(),
                            t.shape(),
                            d.offset(),
                            false);
            case OnnxData.Inline d -> constant(t, d.bytes().buffer());
        };
    }

    private Value constant(OnnxTensor t, ByteBuffer bytes) {
        if (t.dtype() == DType.F32) {
            float[] data = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(data);
            return new Floats(t.shape(), data);
        }
        if (t.dtype() == DType.I64) {
            long[] data = new long[bytes.remaining() / Long.BYTES];
            bytes.asLongBuffer().get(data);
            return new Longs(t.shape(), data);
        }
        throw Refusal.notSupported(
                file,
                "tensor " + NodeCall.printable(t.name()) + " is kept in the graph as " + t.dtype(),
                "only float32 and int64 are known there");
    }

    /** What the file says about itself. */
    public OnnxModel model() {
        return model;
    }

    Path file() {
        return file;
    }

    /** A new text, with the state of every layer zero. */
    @Override
    public OnnxSession begin() {
        return new OnnxSession(this);
    }

    /** Outputs of one run; the logits are not computed yet. */
    record Run(Logits logits, Map<String, Value> outputs) {}

    /**
     * Evaluates the graph.
     *
     * @param inputs a value for each input of the graph
     * @param lazy name of the output to leave to be computed by the caller
     */
    Run run(Map<String, Value> inputs, String lazy) {
        Map<String, Value> values = new HashMap<>(initializers);
        values.putAll(inputs);
        Logits logits = null;
        List<OnnxNode> nodes = model.graph().nodes();
        for (int i = 0; i < nodes.size(); i++) {
            OnnxNode node = nodes.get(i);
            NodeCall call = new NodeCall(file, node, arguments(node, values), workers);
            if (node.outputs().contains(lazy)) {
                logits = logits(call);
            } else {
                keep(call, values);
            }
            call.checkAllAsked();
            for (String in : node.inputs()) {
                if (lastUse(in) == i) {
                    values.remove(in);
                }
            }
        }
        if (logits == null) {
            throw Refusal.badInput(file, "makes no output " + lazy, "write the file again");
        }
        return new Run(logits, values);
    }

    private List<Optional<Value>> arguments(OnnxNode node, Map<String, Value> values) {
        List<Optional<Value>> arguments = new ArrayList<>();
        for (String in : node.inputs()) {
            Optional<Value> value = Optional.ofNullable(values.get(in));
            if (value.isEmpty() && !in.isEmpty()) {
                throw NodeCall.fail(
                        file, node, "wants " + NodeCall.printable(in) + ", which is not there");
            }
            arguments.add(value);
        }
        return arguments;
    }

    private Logits logits(NodeCall call) {
        if (!ProductOperators.isProduct(call)) {
            throw call.fail("makes the logits, but is no product with a weight");
        }
        return ProductOperators.product(call);
    }

    private void keep(NodeCall call, Map<String, Value> values) {
        List<Value> results = Operators.find(call.node()).orElseThrow().apply(call);
        List<String> names = call.node().outputs();
        if (names.size() != results.size()) {
            throw call.fail("makes " + results.size() + " values, not " + names.size());
        }
        for (int i = 0; i < names.size(); i++) {
            if (lastUses.containsKey(names.get(i)) && !names.get(i).isEmpty()) {
                values.put(names.get(i), results.get(i));
            }
        }
    }

    private int lastUse(String name) {
        @Nullable Integer last = lastUses.get(name);
        return last == null ? -1 : last;
    }

    @Override
    public void close() {
        workers.close();
        sidecars.values().forEach(InputFile::close);
    }
}
