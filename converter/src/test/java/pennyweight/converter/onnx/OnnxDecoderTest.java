package pennyweight.converter.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.target.onnx.OnnxDecoder;
import pennyweight.converter.target.onnx.OnnxNames;
import pennyweight.converter.target.onnx.Placed;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxFunction;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxOpset;
import pennyweight.formats.onnx.OnnxReader;
import pennyweight.formats.onnx.OnnxWriter;
import pennyweight.quantizer.encoding.Plain;

/** What the target writes, judged by ONNX Runtime and transformers' recorded values. */
class OnnxDecoderTest {
    @TempDir Path folder;

    static Stream<SmallModel> models() {
        return Stream.of(SmallModel.tiny(), SmallModel.micro4b());
    }

    @ParameterizedTest
    @MethodSource("models")
    void float32GraphComputesWhatTransformersDoes(SmallModel model) throws OrtException {
        Path graph = model.write(folder, SmallModel.float32(), 0);
        SmallModel.Golden golden = model.golden();
        try (Runtime runtime = new Runtime(graph, model.states())) {
            float[] logits = runtime.run(golden.ids);
            assertTrue(Compare.maxError(golden.logits, logits) <= 1e-3);
            double divergence = Compare.divergence(golden.logits, logits, 2048);
            assertTrue(divergence <= 1e-8, "KL divergence " + divergence);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void piecesAndStepsGiveWhatOnePrefillGives(SmallModel model) throws OrtException {
        Path graph = model.write(folder, SmallModel.quantized(8), 0);
        long[] ids = model.golden().ids;
        float[] whole;
        try (Runtime runtime = new Runtime(graph, model.states())) {
            whole = runtime.run(ids);
        }
        try (Runtime runtime = new Runtime(graph, model.states())) {
            float[] first = runtime.run(Arrays.copyOf(ids, 20));
            float[] second = runtime.run(Arrays.copyOfRange(ids, 20, 31));
            float[] third = runtime.run(ids[31]);
            float[] fourth = runtime.run(ids[32]);
            float[] joined = new float[whole.length];
            int at = 0;
            for (float[] piece : List.of(first, second, third, fourth)) {
                System.arraycopy(piece, 0, joined, at, piece.length);
                at += piece.length;
            }
            assertTrue(Compare.maxError(whole, joined) <= 1e-4);
        }
    }

    /** ONNX Runtime takes its own kernels; under another name it must take our bodies. */
    @ParameterizedTest
    @MethodSource("models")
    void functionsComputeWhatTheKernelsDo(SmallModel model) throws OrtException, IOException {
        Path graph = model.write(folder, SmallModel.float32(), 0);
        OnnxModel m = OnnxReader.read(graph);
        assertEquals(
                List.of("CausalConvWithState", "LinearAttention"),
                m.functions().stream().map(OnnxFunction::name).toList());
        String domain = "elsewhere";
        List<OnnxFunction> functions =
                m.functions().stream()
                        .map(f ->
                                new OnnxFunction(
                                        domain,
                                        f.name(),
                                        f.inputs(),
                                        f.outputs(),
                                        f.attributes(),
                                        f.nodes(),
                                        f.opsets()))
                        .toList();
        List<OnnxNode> nodes =
                m.graph().nodes().stream()
                        .map(n ->
                                functions.stream().anyMatch(f -> f.name().equals(n.op()))
                                        ? new OnnxNode(
                                                n.op(),
                                                domain,
                                                n.name(),
                                                n.inputs(),
                                                n.outputs(),
                                                n.attributes())
                                        : n)
                        .toList();
        OnnxGraph g = m.graph();
        Files.delete(graph);
        OnnxWriter.write(
                new OnnxModel(
                        m.irVersion(),
                        m.producerName(),
                        m.producerVersion(),
                        Stream.concat(m.opsets().stream(), Stream.of(new OnnxOpset(domain, 1)))
                                .toList(),
                        new OnnxGraph(g.name(), nodes, g.initializers(), g.inputs(), g.outputs()),
                        functions,
                        m.metadataProps()),
                graph);
        SmallModel.Golden golden = model.golden();
        try (Runtime runtime = new Runtime(graph, model.states())) {
            float[] first = runtime.run(Arrays.copyOf(golden.ids, 30));
            float[] second = runtime.run(Arrays.copyOfRange(golden.ids, 30, 33));
            float[] logits = Arrays.copyOf(first, golden.logits.length);
            System.arraycopy(second, 0, logits, first.length, second.length);
            assertTrue(Compare.divergence(golden.logits, logits, 2048) <= 1e-8);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void everyProductSaysItsAccuracyLevel(int level) {
        OnnxDecoder decoder =
                OnnxDecoder.build(
                        SmallModel.tiny().model(), SmallModel.quantized(4), level, "d", Map.of());
        List<OnnxNode> products =
                decoder.model().graph().nodes().stream()
                        .filter(n -> n.op().equals("MatMulNBits"))
                        .toList();
        assertEquals(3 * 3 + 4 + 4 * 3 + 1, products.size());
        for (OnnxNode n : products) {
            assertTrue(n.attributes().contains(OnnxAttribute.of("accuracy_level", level)));
        }
    }

    @Test
    void weightsLieInTheOrderOfTheModelOnPagesOfTheirOwn() {
        SmallModel small = SmallModel.tiny();
        OnnxDecoder decoder =
                OnnxDecoder.build(small.model(), SmallModel.quantized(4), 4, "d", Map.of("k", "v"));
        long end = 0;
        for (Placed p : decoder.tensors()) {
            assertEquals(0, p.offset() % 4096);
            assertTrue(p.offset() >= end && p.offset() < end + 4096, p.name());
            assertEquals(p.shape().elements() * p.dtype().bytes(), p.bytes());
            assertEquals(
                    new OnnxNames.Plane(p.role(), p.plane()),
                    OnnxNames.plane(p.name()).orElseThrow());
            end = p.offset() + p.bytes();
        }
        assertEquals(end, decoder.dataBytes());
        assertEquals(
                small.model().tensors().stream().map(t -> t.role()).toList(),
                decoder.tensors().stream().map(Placed::role).distinct().toList());
        assertEquals(Role.text(Part.EMBEDDING), decoder.tensors().getFirst().role());
        assertEquals(Map.of("k", "v"), decoder.model().metadataProps());
    }

    @Test
    void anEncodingThatNoOperatorReadsIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        OnnxDecoder.build(
                                SmallModel.tiny().model(),
                                role -> new Plain(Plain.Type.BF16),
                                0,
                                "d",
                                Map.of()));
    }
}
