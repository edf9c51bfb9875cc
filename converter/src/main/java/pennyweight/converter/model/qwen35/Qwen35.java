package pennyweight.converter.model.qwen35;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pennyweight.converter.model.AttentionShape;
import pennyweight.converter.model.DeltaShape;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.HeadSpan;
import pennyweight.converter.model.Model;
import pennyweight.converter.model.Ops;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Rotary;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.formats.Shape;

/**
 * The text decoder of Qwen3.5, as huggingface/transformers {@code
 * models/qwen3_5/modeling_qwen3_5.py} computes it in float32.
 *
 * @param kinds one entry a layer
 * @param rotaryDimensions rotated numbers of each head, from its first on
 * @param ropeSections pairs of each position axis (time, height, width)
 * @param tied whether the embedding is the output head too
 * @param mtpLayers layers of the multi-token prediction head; 0 where there is none
 * @param headOrder how the source orders the value heads
 */
public record Qwen35(
        int vocabulary,
        int width,
        int intermediate,
        List<LayerKind> kinds,
        int heads,
        int kvHeads,
        int headDim,
        int rotaryDimensions,
        double ropeTheta,
        List<Integer> ropeSections,
        int keyHeads,
        int valueHeads,
        int keyDim,
        int valueDim,
        int convKernel,
        double epsilon,
        int contextLength,
        int fullAttentionInterval,
        boolean tied,
        int mtpLayers,
        HeadOrder headOrder)
        implements Model {

    public Qwen35 {
        kinds = List.copyOf(kinds);
        ropeSections = List.copyOf(ropeSections);
    }

    @Override
    public int layers() {
        return kinds.size();
    }

    /** The same model without its multi-token prediction head. */
    public Qwen35 withoutMtp() {
        return new Qwen35(
                vocabulary,
                width,
                intermediate,
                kinds,
                heads,
                kvHeads,
                headDim,
                rotaryDimensions,
                ropeTheta,
                ropeSections,
                keyHeads,
                valueHeads,
                keyDim,
                valueDim,
                convKernel,
                epsilon,
                contextLength,
                fullAttentionInterval,
                tied,
                0,
                headOrder);
    }

    public int keyWidth() {
        return keyHeads * keyDim;
    }

    public int valueWidth() {
        return valueHeads * valueDim;
    }

    @Override
    public Role head() {
        return Role.text(tied ? Part.EMBEDDING : Part.HEAD);
    }

    @Override
    public <T> T embed(Ops<T> ops, T ids) {
        return ops.embed(Role.text(Part.EMBEDDING), ids);
    }

    @Override
    public <T> T layer(Ops<T> ops, int layer, T x) {
        T normed = ops.rmsNorm(Role.text(layer, Part.INPUT_NORM), x, width, epsilon);
        T mixed =
                switch (kinds.get(layer)) {
                    case GATED_DELTA -> delta(ops, layer, normed);
                    case GATED_ATTENTION -> attention(ops, layer, normed);
                };
        T residual = ops.add(x, mixed);
        T mlpIn = ops.rmsNorm(Role.text(layer, Part.MLP_NORM), residual, width, epsilon);
        return ops.add(residual, mlp(ops, layer, mlpIn));
    }

    @Override
    public <T> T finish(Ops<T> ops, T x) {
        return ops.rmsNorm(Role.text(Part.FINAL_NORM), x, width, epsilon);
    }

    private <T> T delta(Ops<T> ops, int layer, T x) {
        T qkv =
                ops.causalConv(
                        layer,
                        Role.text(layer, Part.DELTA_CONV),
                        ops.linear(Role.text(layer, Part.DELTA_QKV), x));
        List<T> parts = ops.split(qkv, keyWidth(), keyWidth(), valueWidth());
        // The delta net wants unit keys, and queries scaled as attention scales them.
        T q = ops.l2Norm(parts.get(0), keyDim, 1e-6, 1 / Math.sqrt(keyDim));
        T k = ops.l2Norm(parts.get(1), keyDim, 1e-6, 1);
        T beta = ops.sigmoid(ops.linear(Role.text(layer, Part.DELTA_B), x));
        T decay =
                ops.logDecay(
                        Role.text(layer, Part.DELTA_DECAY),
                        Role.text(layer, Part.DELTA_DT_BIAS),
                        ops.linear(Role.text(layer, Part.DELTA_A), x));
        T o =
                ops.gatedDelta(
                        layer,
                        q,
                        k,
                        parts.get(2),
                        decay,
                        beta,
                        new DeltaShape(keyHeads, valueHeads, keyDim, valueDim, headOrder));
        T normed = ops.rmsNorm(Role.text(layer, Part.DELTA_NORM), o, valueDim, epsilon);
        T gate = ops.silu(ops.linear(Role.text(layer, Part.DELTA_Z), x));
        return ops.linear(Role.text(layer, Part.DELTA_OUT), ops.mul(normed, gate));
    }

    private <T> T attention(Ops<T> ops, int layer, T x) {
        List<T> queryAndGate =
                ops.splitHeads(
                        ops.linear(Role.text(layer, Part.ATTN_Q), x), heads, headDim, headDim);
        T q =
                ops.rmsNorm(
                        Role.text(layer, Part.ATTN_Q_NORM), queryAndGate.get(0), headDim, epsilon);
        T k =
                ops.rmsNorm(
                        Role.text(layer, Part.ATTN_K_NORM),
                        ops.linear(Role.text(layer, Part.ATTN_K), x),
                        headDim,
                        epsilon);
        T v = ops.linear(Role.text(layer, Part.ATTN_V), x);
        Rotary rotary = new Rotary(headDim, rotaryDimensions, ropeTheta, ropeSections);
        T o =
                ops.attention(
                        layer,
                        ops.rope(q, heads, rotary),
                        ops.rope(k, kvHeads, rotary),
                        v,
                        new AttentionShape(heads, kvHeads, headDim));
        return ops.linear(
                Role.text(layer, Part.ATTN_OUT), ops.mul(o, ops.sigmoid(queryAndGate.get(1))));
    }

    private <T> T mlp(Ops<T> ops, int layer, T x) {
        T gate = ops.silu(ops.linear(Role.text(layer, Part.MLP_GATE), x));
        T up = ops.linear(Role.text(layer, Part.MLP_UP), x);
        return ops.linear(Role.text(layer, Part.MLP_DOWN), ops.mul(gate, up));
    }

    @Override
    public Optional<HeadSpan> valueHeads(Role role) {
        long beforeValues = 2L * keyWidth();
        return switch (role.part()) {
            case DELTA_QKV, DELTA_CONV ->
                    Optional.of(span(HeadSpan.Axis.ROWS, beforeValues, valueDim));
            case DELTA_Z -> Optional.of(span(HeadSpan.Axis.ROWS, 0, valueDim));
            case DELTA_B, DELTA_A -> Optional.of(span(HeadSpan.Axis.ROWS, 0, 1));
            case DELTA_DECAY, DELTA_DT_BIAS -> Optional.of(span(HeadSpan.Axis.COLUMNS, 0, 1));
            case DELTA_OUT -> Optional.of(span(HeadSpan.Axis.COLUMNS, 0, valueDim));
            default -> Optional.empty();
        };
    }

    private HeadSpan span(HeadSpan.Axis axis, long start, long headSize) {
        return new HeadSpan(axis, start, headSize, keyHeads, valueHeads);
    }

    @Override
    public List<TensorSpec> tensors() {
        List<TensorSpec> all = new ArrayList<>();
        all.add(new TensorSpec(Role.text(Part.EMBEDDING), Shape.of(vocabulary, width)));
        for (int i = 0; i < layers(); i++) {
            layerTensors(all, Scope.TEXT, i, kinds.get(i));
        }
        all.add(new TensorSpec(Role.text(Part.FINAL_NORM), Shape.of(width)));
        if (!tied) {
            all.add(new TensorSpec(Role.text(Part.HEAD), Shape.of(vocabulary, width)));
        }
        for (int i = 0; i < mtpLayers; i++) {
            layerTensors(all, Scope.MTP, i, LayerKind.GATED_ATTENTION);
        }
        if (mtpLayers > 0) {
            all.add(
                    new TensorSpec(
                            new Role(Scope.MTP, -1, Part.MTP_FC), Shape.of(width, 2L * width)));
            all.add(
                    new TensorSpec(
                            new Role(Scope.MTP, -1, Part.MTP_EMBEDDING_NORM), Shape.of(width)));
            all.add(new TensorSpec(new Role(Scope.MTP, -1, Part.MTP_HIDDEN_NORM), Shape.of(width)));
            all.add(new TensorSpec(new Role(Scope.MTP, -1, Part.MTP_NORM), Shape.of(width)));
        }
        return List.copyOf(all);
    }

    private void layerTensors(List<TensorSpec> all, Scope scope, int layer, LayerKind kind) {
        add(all, scope, layer, Part.INPUT_NORM, width);
        add(all, scope, layer, Part.MLP_NORM, width);
        add(all, scope, layer, Part.MLP_GATE, intermediate, width);
        add(all, scope, layer, Part.MLP_UP, intermediate, width);
        add(all, scope, layer, Part.MLP_DOWN, width, intermediate);
        switch (kind) {
            case GATED_ATTENTION -> {
                add(all, scope, layer, Part.ATTN_Q, 2L * heads * headDim, width);
                add(all, scope, layer, Part.ATTN_K, (long) kvHeads * headDim, width);
                add(all, scope, layer, Part.ATTN_V, (long) kvHeads * headDim, width);
                add(all, scope, layer, Part.ATTN_OUT, width, (long) heads * headDim);
                add(all, scope, layer, Part.ATTN_Q_NORM, headDim);
                add(all, scope, layer, Part.ATTN_K_NORM, headDim);
            }
            case GATED_DELTA -> {
                long channels = 2L * keyWidth() + valueWidth();
                add(all, scope, layer, Part.DELTA_QKV, channels, width);
                add(all, scope, layer, Part.DELTA_Z, valueWidth(), width);
                add(all, scope, layer, Part.DELTA_B, valueHeads, width);
                add(all, scope, layer, Part.DELTA_A, valueHeads, width);
                add(all, scope, layer, Part.DELTA_CONV, channels, 1, convKernel);
                add(all, scope, layer, Part.DELTA_DECAY, valueHeads);
                add(all, scope, layer, Part.DELTA_DT_BIAS, valueHeads);
                add(all, scope, layer, Part.DELTA_NORM, valueDim);
                add(all, scope, layer, Part.DELTA_OUT, width, valueWidth());
            }
        }
    }

    private static void add(List<TensorSpec> all, Scope scope, int layer, Part part, long... dims) {
        all.add(new TensorSpec(new Role(scope, layer, part), Shape.of(dims)));
    }
}
