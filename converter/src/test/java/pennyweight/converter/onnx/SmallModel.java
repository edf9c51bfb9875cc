package pennyweight.converter.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.dialect.OnnxDialect;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.LayerKind;
import pennyweight.converter.model.qwen35.Qwen35;
import pennyweight.converter.target.onnx.OnnxDecoder;
import pennyweight.converter.target.onnx.Placed;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.io.OutputFile;
import pennyweight.formats.onnx.OnnxWriter;
import pennyweight.formats.safetensors.SafetensorsFile;
import pennyweight.formats.safetensors.SafetensorsFolder;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.MatMulNBits;
import pennyweight.quantizer.encoding.Plain;

/** A checkpoint of the test data, what transformers computes for it, and its ONNX files. */
record SmallModel(String name, Qwen35 model) {
    private static final Path TESTDATA = Path.of(System.getProperty("pennyweight.testdata"));
    static final String GRAPH = "model.onnx";
    static final String DATA = "model.onnx.data";

    /** Recorded logits [tokens, vocabulary] of some ids. */
    static final class Golden {
        final long[] ids;
        final float[] logits;

        Golden(long[] ids, float[] logits) {
            this.ids = ids;
            this.logits = logits;
        }
    }

    /** Shaped as Qwen3.5-2B: as many value heads as key heads, tied. */
    static SmallModel tiny() {
        return new SmallModel("tiny-qwen35", shape(4, 4, true));
    }

    /** Shaped as Qwen3.5-4B's mixer and 9B's head: two value heads a key head, untied. */
    static SmallModel micro4b() {
        return new SmallModel("micro4b", shape(8, 2, false));
    }

    private static Qwen35 shape(int heads, int keyHeads, boolean tied) {
        LayerKind delta = LayerKind.GATED_DELTA;
        return new Qwen35(
                2048,
                256,
                512,
                List.of(delta, delta, delta, LayerKind.GATED_ATTENTION),
                heads,
                2,
                64,
                16,
                1e7,
                List.of(3, 3, 2),
                keyHeads,
                4,
                64,
                64,
                4,
                1e-6,
                4096,
                4,
                tied,
                0,
                HeadOrder.GROUPED);
    }

    /** Matrices by {@code matrices}, the rest and the gates' inputs in float32. */
    static Function<Role, Encoding> stored(Encoding matrices) {
        Encoding plain = new Plain(Plain.Type.F32);
        return role ->
                switch (role.part()) {
                    case EMBEDDING,
                            HEAD,
                            MLP_GATE,
                            MLP_UP,
                            MLP_DOWN,
                            ATTN_Q,
                            ATTN_K,
                            ATTN_V,
                            ATTN_OUT,
                            DELTA_QKV,
                            DELTA_Z,
                            DELTA_OUT ->
                            matrices;
                    default -> plain;
                };
    }

    static Function<Role, Encoding> float32() {
        return stored(new Plain(Plain.Type.F32));
    }

    static Function<Role, Encoding> quantized(int bits) {
        return stored(new MatMulNBits(bits, 32));
    }

    /** Writes graph and sidecar into {@code folder}; returns the graph's file. */
    Path write(Path folder, Function<Role, Encoding> stored, int accuracyLevel) {
        OnnxDecoder decoder =
                OnnxDecoder.build(model, stored, accuracyLevel, DATA, Map.of("source", name));
        writeData(folder.resolve(DATA), decoder, stored);
        Path graph = folder.resolve(GRAPH);
        OnnxWriter.write(decoder.model(), graph);
        return graph;
    }

    private void writeData(Path file, OnnxDecoder decoder, Function<Role, Encoding> stored) {
        Map<Role, TensorSpec> specs = new java.util.HashMap<>();
        model.tensors().forEach(s -> specs.put(s.role(), s));
        try (OutputFile out = OutputFile.create(file, decoder.dataBytes());
                SafetensorsFolder source = SafetensorsFolder.open(TESTDATA.resolve(name))) {
            for (Placed p : decoder.tensors()) {
                TensorSpec spec = java.util.Objects.requireNonNull(specs.get(p.role()));
                int rows = (int) spec.shape().rows();
                int columns = (int) spec.shape().columns();
                Encoding encoding = stored.apply(p.role());
                byte[][] planes = new byte[encoding.planes()][];
                for (int i = 0; i < planes.length; i++) {
                    planes[i] = new byte[(int) (rows * encoding.rowBytes(i, columns))];
                }
                encoding.encode(values(source, spec), rows, columns, planes);
                out.write(p.offset(), planes[p.plane()], 0, (int) p.bytes());
            }
        }
    }

    private float[] values(SafetensorsFolder source, TensorSpec spec) {
        HuggingFaceDialect dialect = new HuggingFaceDialect(true);
        TensorEntry entry = source.tensor(dialect.name(spec.role())).orElseThrow();
        byte[] bytes = source.input(entry).read(entry.offset(), (int) entry.bytes());
        float[] raw = new float[(int) entry.shape().elements()];
        Plain.Type.valueOf(entry.dtype().name()).widen(bytes, 0, raw, 0, raw.length);
        float[] values = new float[raw.length];
        dialect.conventions()
                .to(new OnnxDialect().conventions(), model, spec.role())
                .apply(raw, (int) spec.shape().rows(), (int) spec.shape().columns(), values);
        return values;
    }

    /** 33 tokens. */
    Golden golden() {
        return golden("hf.safetensors");
    }

    /** 239 tokens. */
    Golden goldenLong() {
        return golden("hf-long.safetensors");
    }

    private Golden golden(String file) {
        Path path = TESTDATA.resolve("golden").resolve(name).resolve(file);
        try (SafetensorsFile f = SafetensorsFile.open(path)) {
            ByteBuffer ids = bytes(f, "input_ids");
            ByteBuffer logits = bytes(f, "logits");
            long[] tokens = new long[ids.remaining() / Long.BYTES];
            ids.asLongBuffer().get(tokens);
            float[] values = new float[logits.remaining() / Float.BYTES];
            logits.asFloatBuffer().get(values);
            return new Golden(tokens, values);
        }
    }

    private static ByteBuffer bytes(SafetensorsFile file, String tensor) {
        TensorEntry e = file.tensor(tensor).orElseThrow();
        return ByteBuffer.wrap(file.input().read(e.offset(), (int) e.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Names that the graph wants of the state, as pairs of past and present. */
    List<String[]> states() {
        List<String[]> states = new ArrayList<>();
        for (int i = 0; i < model.layers(); i++) {
            if (model.kinds().get(i) == LayerKind.GATED_ATTENTION) {
                for (String x : List.of(".key", ".value")) {
                    states.add(new String[] {"past_key_values." + i + x, "present." + i + x});
                }
            } else {
                for (String x : List.of("conv.", "recurrent.")) {
                    states.add(new String[] {"past_" + x + i, "present_" + x + i});
                }
            }
        }
        return states;
    }
}
