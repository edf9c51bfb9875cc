package pennyweight.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.onnx.OnnxAttribute;
import pennyweight.formats.onnx.OnnxData;
import pennyweight.formats.onnx.OnnxGraph;
import pennyweight.formats.onnx.OnnxModel;
import pennyweight.formats.onnx.OnnxNode;
import pennyweight.formats.onnx.OnnxReader;
import pennyweight.formats.onnx.OnnxTensor;
import pennyweight.formats.onnx.OnnxWriter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Files that were damaged after they were written are found out, and what is wrong is named. */
final class VerifyTest {
    @TempDir private static Path shared;
    private static Path written = Path.of("");

    @TempDir private Path temp;
    private Path copy = Path.of("");
    private Path gguf = Path.of("");
    private Path mlx = Path.of("");
    private Path onnx = Path.of("");

    @BeforeAll
    static void convert() {
        written = shared.resolve("tiny");
        Cli.run("convert", Cli.TINY, "--out", written, "--verify", "none").exits(0);
    }

    @BeforeEach
    void copy() throws IOException {
        copy = Damage.copy(written, temp.resolve("copy"));
        gguf = copy.resolve("gguf/tiny-qwen35-Q4_K_M.gguf");
        mlx = copy.resolve("mlx");
        onnx = copy.resolve("onnx/model.onnx");
    }

    private static Cli verify(Path... files) {
        List<Object> command = new ArrayList<>(List.of("verify"));
        command.addAll(List.of(files));
        command.addAll(List.of("--against", Cli.TINY, "--depth", "quick"));
        return Cli.run(command.toArray());
    }

    /** Asserts that the file is not faithful, and that some line on it names what is wrong. */
    private static void failed(Path file, String... named) {
        Cli cli = verify(file).exits(1);
        assertTrue(cli.out().contains("FAILED"), cli.out());
        assertTrue(
                cli.out()
                        .lines()
                        .filter(l -> l.contains(": not faithful: "))
                        .anyMatch(l -> List.of(named).stream().allMatch(l::contains)),
                () -> String.join(" + ", named) + " is not named in\n" + cli.out());
    }

    @Test
    void anOutputFolderIsJudgedWhole() {
        Cli cli = Cli.run("verify", copy, "--against", Cli.TINY).exits(0);
        // A header and four files.
        assertEquals(5, cli.out().lines().count(), cli.out());
        assertEquals(
                4,
                cli.out().lines().filter(l -> l.matches(".* passed +passed .*")).count(),
                cli.out());
    }

    @Test
    void verdictsAreJson() {
        JsonNode json =
                Cli.run("verify", gguf, mlx, "--against", Cli.TINY, "--depth", "quick", "--json")
                        .exits(0)
                        .json();
        assertEquals("pennyweight.verdict/1", json.path("schema").asString());
        assertEquals(2, json.path("files").size());
        assertEquals(
                "passed", json.path("files").path(1).path("faithful").path("verdict").asString());
    }

    @Test
    void aFileMayHaveAnyName() throws IOException {
        Path renamed = Files.move(gguf, temp.resolve("renamed.gguf"));
        verify(renamed).exits(0);
    }

    @Test
    void aStrangersFileIsJudgedForBeingGoodAlone() throws IOException {
        Damage.header(
                mlx.resolve("model.safetensors"),
                h -> ((ObjectNode) h.path("__metadata__")).remove("pennyweight.settings"));
        Cli cli = verify(mlx).exits(0);
        assertTrue(cli.out().contains("not judged"), cli.out());
        assertTrue(cli.out().contains(": faithful: not judged: "), cli.out());
    }

    @Test
    void settingsThatNobodyWritesAreRefused() throws IOException {
        Damage.header(
                mlx.resolve("model.safetensors"),
                h ->
                        ((ObjectNode) h.path("__metadata__"))
                                .put(
                                        "pennyweight.settings",
                                        "{\"format\":\"mlx\",\"bits\":4,\"group\":0}"));
        failed(mlx, "settings", "\"group\":0");
    }

    @Test
    void theCheckpointOfAnotherModelFails() throws IOException {
        Path other = Cli.TESTDATA.resolve("micro2b");
        Cli cli = Cli.run("verify", gguf, "--against", other, "--depth", "quick").exits(1);
        assertTrue(cli.out().contains("not faithful"), cli.out());
    }

    @Test
    void missingFilesAreBadInput() {
        verify(temp.resolve("none.gguf")).exits(3).refusal();
        verify(temp).exits(3).refusal();
        Cli.run("verify", gguf, "--against", temp.resolve("none")).exits(3).refusal();
    }

    @Test
    void flippedBytesInGguf() throws IOException {
        Damage.flip(gguf, ggufTensor("blk.2.ffn_up.weight").offset() + 300, 4);
        failed(gguf, "tensor blk.2.ffn_up.weight", "numbers are not the planned ones");
    }

    @Test
    void exchangedTensorsInGguf() throws IOException {
        GgufTensor a = ggufTensor("blk.0.ffn_gate.weight");
        GgufTensor b = ggufTensor("blk.0.ffn_up.weight");
        assertEquals(a.bytes(), b.bytes());
        Damage.swap(gguf, a.offset(), b.offset(), a.bytes());
        failed(gguf, "tensor blk.0.ffn_gate.weight");
        failed(gguf, "tensor blk.0.ffn_up.weight");
    }

    @Test
    void anotherRopeBaseInGguf() throws IOException {
        String key = "qwen35.rope.freq_base";
        String content = Files.readString(gguf, StandardCharsets.ISO_8859_1);
        int value = content.indexOf(key) + key.length() + 4;
        Damage.patch(
                gguf,
                value,
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(10000f).array());
        failed(gguf, key);
    }

    @Test
    void truncatedGguf() throws IOException {
        Damage.truncate(gguf, 100);
        failed(gguf, "cannot be read", "tensor ");
    }

    private GgufTensor ggufTensor(String name) {
        try (GgufFile file = GgufFile.open(gguf)) {
            return file.tensor(name).orElseThrow();
        }
    }

    @Test
    void flippedBytesInMlx() throws IOException {
        Path file = mlx.resolve("model.safetensors");
        String module = "language_model.model.layers.1.mlp.down_proj";
        Damage.flip(file, Damage.offset(file, module + ".weight") + 50, 3);
        failed(mlx, "tensor " + module + ".weight");
    }

    @Test
    void exchangedScalesInMlx() throws IOException {
        Path file = mlx.resolve("model.safetensors");
        String up = "language_model.model.layers.1.mlp.up_proj";
        String gate = "language_model.model.layers.1.mlp.gate_proj";
        Damage.swap(
                file,
                Damage.offset(file, up + ".scales"),
                Damage.offset(file, gate + ".scales"),
                512L * 256 / 64 * 2);
        failed(mlx, "tensor " + up + ".weight");
    }

    @Test
    void aScaleThatIsNoNumberInMlx() throws IOException {
        Path file = mlx.resolve("model.safetensors");
        String module = "language_model.model.layers.1.mlp.down_proj";
        Damage.patch(file, Damage.offset(file, module + ".scales"), (byte) 0xc0, (byte) 0x7f);
        failed(mlx, "tensor " + module + ".weight");
        String problem = ": not good: tensor " + module + ".weight: 64 numbers are NaN or infinite";
        assertTrue(verify(mlx).out().contains(problem));
    }

    @Test
    void anotherRopeBaseInMlx() throws IOException {
        Damage.json(
                mlx.resolve("config.json"),
                c ->
                        ((ObjectNode) c.path("text_config").path("rope_parameters"))
                                .put("rope_theta", 10000));
        failed(mlx, "config.json", "rope_theta", "10000");
        assertTrue(verify(mlx).out().contains("computes something else than its plan"));
    }

    @Test
    void aConfigThatIsNoJsonInMlx() throws IOException {
        Damage.truncate(mlx.resolve("config.json"), 200);
        failed(mlx, "cannot be read", "config.json", "not valid JSON");
    }

    @Test
    void anotherTokenizerInMlx() throws IOException {
        Files.writeString(mlx.resolve("chat_template.jinja"), "{{ 1 }}");
        failed(mlx, "chat_template.jinja");
    }

    @Test
    void flippedBytesInOnnx() throws IOException {
        OnnxTensor codes = initializer("layers.0.mlp.up_proj");
        OnnxData.External data = (OnnxData.External) codes.data();
        Damage.flip(onnx.resolveSibling(data.location()), data.offset() + 64, 4);
        failed(onnx, "layers.0.mlp.up_proj", "numbers are not the planned ones");
    }

    private OnnxTensor initializer(String part) {
        return OnnxReader.read(onnx).graph().initializers().stream()
                .filter(t -> t.name().contains(part))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void exchangedInputsInOnnx() throws IOException {
        edit(
                2,
                node ->
                        node.op().equals("MatMulNBits")
                                && node.inputs()
                                        .get(1)
                                        .matches(".*layers\\.0\\.mlp\\.(up|gate)_proj.*"),
                node -> {
                    List<String> inputs = new ArrayList<>(node.inputs());
                    inputs.replaceAll(i ->
                            i.contains("up_proj")
                                    ? i.replace("up_proj", "gate_proj")
                                    : i.replace("gate_proj", "up_proj"));
                    return node(node, inputs, node.attributes());
                });
        failed(onnx, "node ", "mlp_gate");
        assertTrue(verify(onnx).out().contains("computes something else than its plan"));
    }

    @Test
    void aDroppedWeightInOnnx() throws IOException {
        edit(
                1,
                node ->
                        node.op().equals("MatMulNBits")
                                && node.inputs().get(1).contains("layers.0.mlp.up_proj"),
                node -> node(node, node.inputs().subList(0, 1), node.attributes()));
        failed(onnx, "cannot be read", "layers.0.mlp.up_proj");
    }

    @Test
    void aDroppedEdgeInOnnx() throws IOException {
        edit(
                1,
                node -> node.op().equals("Add"),
                node -> {
                    List<String> inputs = new ArrayList<>(node.inputs());
                    inputs.set(1, "");
                    return node(node, inputs, node.attributes());
                });
        failed(onnx, "node ", "(Add)", "input 1");
    }

    @Test
    void anotherAttributeInOnnx() throws IOException {
        edit(
                1,
                node -> node.attributes().stream().anyMatch(a -> a.name().equals("epsilon")),
                node ->
                        node(
                                node,
                                node.inputs(),
                                node.attributes().stream()
                                        .map(a ->
                                                a.name().equals("epsilon")
                                                        ? OnnxAttribute.of("epsilon", 0.5f)
                                                        : a)
                                        .toList()));
        failed(onnx, "node ", "attribute epsilon");
    }

    @Test
    void aMissingSidecar() throws IOException {
        Files.delete(onnx.resolveSibling("model.onnx.data"));
        failed(onnx, "cannot be read", "model.onnx.data");
    }

    private static OnnxNode node(
            OnnxNode node, List<String> inputs, List<OnnxAttribute> attributes) {
        return new OnnxNode(
                node.op(), node.domain(), node.name(), inputs, node.outputs(), attributes);
    }

    /** Writes the graph again with the first {@code count} nodes that fit changed. */
    private void edit(int count, Predicate<OnnxNode> which, UnaryOperator<OnnxNode> change)
            throws IOException {
        OnnxModel m = OnnxReader.read(onnx);
        OnnxGraph g = m.graph();
        List<OnnxNode> nodes = new ArrayList<>(g.nodes());
        int changed = 0;
        for (int i = 0; i < nodes.size() && changed < count; i++) {
            if (which.test(nodes.get(i))) {
                nodes.set(i, change.apply(nodes.get(i)));
                changed++;
            }
        }
        assertEquals(count, changed, "no such nodes");
        Files.delete(onnx);
        OnnxWriter.write(
                new OnnxModel(
                        m.irVersion(),
                        m.producerName(),
                        m.producerVersion(),
                        m.opsets(),
                        new OnnxGraph(g.name(), nodes, g.initializers(), g.inputs(), g.outputs()),
                        m.functions(),
                        m.metadataProps()),
                onnx);
    }
}
