package pennyweight.converter.verify.onnx;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.reference.TokenSequence;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.onnx.OnnxDimension;
import pennyweight.formats.onnx.OnnxValueInfo;

/**
 * A text on its way through an ONNX decoder. What a run leaves under {@code present...} goes into
 * the next under {@code past...}, by the names that transformers.js and onnxruntime-genai pair.
 */
public final class OnnxSession implements TokenSequence {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String LOGITS = "logits";

    /** A state is some megabytes; the sizes that a file declares are not to be believed. */
    private static final long LARGEST_STATE = 1 << 26;

    private final OnnxEvaluator evaluator;
    private final Map<String, String> presents = new LinkedHashMap<>();
    private final Map<String, Value> past = new HashMap<>();
    private final long vocabulary;
    private int tokens;

    OnnxSession(OnnxEvaluator evaluator) {
        this.evaluator = evaluator;
        Set<String> outputs = new HashSet<>(Set.of(LOGITS));
        Set<String> inputs = new HashSet<>();
        for (OnnxValueInfo in : evaluator.model().graph().inputs()) {
            inputs.add(in.name());
            if (in.name().equals(IDS) || in.name().equals(MASK)) {
                type(in, DType.I64);
            } else {
                type(in, DType.F32);
                String present = present(in.name());
                presents.put(in.name(), present);
                outputs.add(present);
                past.put(in.name(), empty(in));
            }
        }
        Set<String> made = new HashSet<>();
        long ids = Integer.MAX_VALUE;
        for (OnnxValueInfo out : evaluator.model().graph().outputs()) {
            type(out, DType.F32);
            made.add(out.name());
            if (out.name().equals(LOGITS)
                    && !out.dimensions().isEmpty()
                    && out.dimensions().getLast() instanceof OnnxDimension.Fixed(long size)) {
                ids = size;
            }
        }
        if (!inputs.containsAll(Set.of(IDS, MASK)) || !made.equals(outputs)) {
            Set<String> odd = new HashSet<>(made);
            odd.removeAll(outputs);
            outputs.removeAll(made);
            throw bad(
                    "is no decoder: misses "
                            + outputs
                            + (odd.isEmpty() ? "" : ", makes " + odd)
                            + ", or lacks an input");
        }
        vocabulary = ids;
    }

    private void type(OnnxValueInfo value, DType dtype) {
        if (value.dtype() != dtype) {
            throw bad(value.name() + " is " + value.dtype() + ", not " + dtype);
        }
    }

    private String present(String name) {
        if (name.startsWith("past_key_values.")) {
            return "present." + name.substring("past_key_values.".length());
        }
        if (name.startsWith("past_conv.") || name.startsWith("past_recurrent.")) {
            return "present_" + name.substring("past_".length());
        }
        throw bad("has an input " + name + " that no session knows");
    }

    /** Zeros; a dimension that only a run knows is empty at first. */
    private Value empty(OnnxValueInfo in) {
        long[] dims = new long[in.dimensions().size()];
        long n = 1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] =
                    switch (in.dimensions().get(i)) {
                        case OnnxDimension.Fixed(long size) -> size;
                        case OnnxDimension.Symbol(String symbol) ->
                                symbol.equals("batch_size") ? 1 : 0;
                    };
            n = dims[i] > 0 && n > LARGEST_STATE / dims[i] ? LARGEST_STATE + 1 : n * dims[i];
        }
        if (n > LARGEST_STATE) {
            throw bad("declares a state as large as " + in.name() + ' ' + Arrays.toString(dims));
        }
        return new Floats(Shape.of(dims), new float[(int) n]);
    }

    /** How many tokens have gone through. */
    public int tokens() {
        return tokens;
    }

    /**
     * Takes the next tokens through the graph, at least one. Cutting a text into several calls
     * changes no bit.
     *
     * @return the logits after each of them, computed when they are asked for
     * @throws Refusal if the graph does not fit together
     * @throws IllegalArgumentException if an id is not below the vocabulary's size
     */
    @Override
    public Logits prefill(int... ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("no tokens");
        }
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(id + " is no id below " + vocabulary);
            }
        }
        int total = Math.addExact(tokens, ids.length);
        long[] mask = new long[total];
        Arrays.fill(mask, 1);
        long[] tokenIds = Arrays.stream(ids).asLongStream().toArray();
        Map<String, Value> inputs = new HashMap<>(past);
        inputs.put(IDS, new Longs(Shape.of(1, ids.length), tokenIds));
        inputs.put(MASK, new Longs(Shape.of(1, total), mask));
        Map<String, Long> symbols = new HashMap<>();
        for (OnnxValueInfo in : evaluator.model().graph().inputs()) {
            fits(in, shape(inputs, in.name()), symbols);
        }
        OnnxEvaluator.Run run = evaluator.run(inputs, LOGITS);
        for (OnnxValueInfo out : evaluator.model().graph().outputs()) {
            Shape shape =
                    out.name().equals(LOGITS)
                            ? Shape.of(1, run.logits().tokens(), run.logits().vocabulary())
                            : shape(run.outputs(), out.name());
            fits(out, shape, symbols);
        }
        for (Map.Entry<String, String> e : presents.entrySet()) {
            @Nullable Value state = run.outputs().get(e.getValue());
            if (!(state instanceof Floats)) {
                throw bad("makes no state " + e.getValue());
            }
            past.put(e.getKey(), state);
        }
        tokens = total;
        return run.logits();
    }

    private Shape shape(Map<String, Value> values, String name) {
        @Nullable Value value = values.get(name);
        if (value == null) {
            throw bad("has no value " + name);
        }
        return value.shape();
    }

    /** A declared shape must hold, and its symbols mean one number throughout a run. */
    private void fits(OnnxValueInfo declared, Shape shape, Map<String, Long> symbols) {
        List<OnnxDimension> dims = declared.dimensions();
        boolean fit = dims.size() == shape.rank();
        for (int i = 0; fit && i < dims.size(); i++) {
            long size = shape.dimension(i);
            fit =
                    switch (dims.get(i)) {
                        case OnnxDimension.Fixed(long declaredSize) -> declaredSize == size;
                        case OnnxDimension.Symbol(String name) -> {
                            @Nullable Long before = symbols.put(name, size);
                            yield name.isEmpty() || before == null || before == size;
                        }
                    };
        }
        if (!fit) {
            throw bad("declares " + declared.name() + " as " + dims + ", but it is " + shape);
        }
    }

    private Refusal bad(String problem) {
        return Refusal.badInput(
                evaluator.file(), NodeCall.printable(problem), "write the file again");
    }
}
