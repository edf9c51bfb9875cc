package pennyweight.converter.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A sequence in ONNX Runtime. */
final class Runtime implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final List<String[]> states;
    private final Map<String, OnnxTensor> past = new HashMap<>();
    private int tokens;

    Runtime(Path graph, List<String[]> states) throws OrtException {
        this.states = states;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = environment.createSession(graph.toString(), options);
        }
        for (String[] s : states) {
            NodeInfo info = session.getInputInfo().get(s[0]);
            long[] shape = ((TensorInfo) info.getInfo()).getShape();
            shape[0] = 1;
            for (int i = 1; i < shape.length; i++) {
                shape[i] = Math.max(shape[i], 0);
            }
            int n = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            past.put(
                    s[0],
                    OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[n]), shape));
        }
    }

    /** Logits [tokens, vocabulary] of the next tokens. */
    float[] run(long... ids) throws OrtException {
        tokens += ids.length;
        long[] mask = new long[tokens];
        Arrays.fill(mask, 1);
        Map<String, OnnxTensor> in = new HashMap<>(past);
        in.put(
                "input_ids",
                OnnxTensor.createTensor(
                        environment, LongBuffer.wrap(ids), new long[] {1, ids.length}));
        in.put(
                "attention_mask",
                OnnxTensor.createTensor(
                        environment, LongBuffer.wrap(mask), new long[] {1, tokens}));
        try (OrtSession.Result out = session.run(in)) {
            in.values().forEach(OnnxTensor::close);
            for (String[] s : states) {
                OnnxTensor present = (OnnxTensor) out.get(s[1]).orElseThrow();
                past.put(
                        s[0],
                        OnnxTensor.createTensor(
                                environment,
                                present.getFloatBuffer(),
                                present.getInfo().getShape()));
            }
            FloatBuffer logits = ((OnnxTensor) out.get("logits").orElseThrow()).getFloatBuffer();
            float[] values = new float[logits.remaining()];
            logits.get(values);
            return values;
        }
    }

    @Override
    public void close() throws OrtException {
        past.values().forEach(OnnxTensor::close);
        session.close();
    }
}
