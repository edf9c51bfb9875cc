package pennyweight.formats.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.Bytes;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;

class OnnxFileTest {
    @TempDir Path folder;

    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    private static OnnxModel model(OnnxTensor... initializers) {
        OnnxGraph body =
                new OnnxGraph(
                        "body",
                        List.of(
                                new OnnxNode(
                                        "Exp", "", "e", List.of("x"), List.of("y"), List.of())),
                        List.of(),
                        List.of(new OnnxValueInfo("x", DType.F32, List.of())),
                        List.of(new OnnxValueInfo("y", DType.F32, List.of(OnnxDimension.of("")))));
        OnnxNode node =
                new OnnxNode(
                        "Everything",
                        "com.example",
                        "n",
                        List.of("a", "", "w"),
                        List.of("", "out"),
                        List.of(
                                OnnxAttribute.of("i", -3),
                                OnnxAttribute.of("big", Long.MIN_VALUE),
                                OnnxAttribute.of("f", 1e-6f),
                                OnnxAttribute.of("s", "gated_delta"),
                                OnnxAttribute.ints("is", 0L, -1L, Long.MAX_VALUE),
                                new OnnxAttribute.FloatsValue("fs", List.of(0.5f, -0f)),
                                new OnnxAttribute.TensorValue(
                                        "t", OnnxTensor.floats("", Shape.of(), 2.5f)),
                                new OnnxAttribute.GraphValue("g", body)));
        return new OnnxModel(
                10,
                "pennyweight",
                "0.1.0",
                List.of(new OnnxOpset("", 21), new OnnxOpset("com.microsoft", 1)),
                new OnnxGraph(
                        "decoder",
                        List.of(node),
                        List.of(initializers),
                        List.of(
                                new OnnxValueInfo(
                                        "a",
                                        DType.I64,
                                        List.of(
                                                OnnxDimension.of("batch_size"),
                                                OnnxDimension.of(4)))),
                        List.of(new OnnxValueInfo("out", DType.F32, List.of()))),
                List.of(
                        new OnnxFunction(
                                "com.example",
                                "Everything",
                                List.of("p"),
                                List.of("q"),
                                List.of("i"),
                                List.of(node),
                                List.of(new OnnxOpset("", 21)))),
                Map.of("source", "Qwen/Qwen3.5-2B ✓"));
    }

    private static OnnxTensor external(long offset, long length) {
        return new OnnxTensor(
                "w",
                DType.F32,
                Shape.of(2, 3),
                new OnnxData.External("m.onnx.data", offset, length));
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("m.onnx"), bytes);
    }

    private Refusal refused(byte[] bytes) throws IOException {
        Path file = file(bytes);
        Refusal refusal = assertThrows(Refusal.class, () -> OnnxReader.read(file));
        assertTrue(refusal.getMessage().startsWith(folder.toString()), refusal.getMessage());
        assertEquals(1, refusal.getMessage().lines().count());
        return refusal;
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Files.write(folder.resolve("m.onnx.data"), new byte[4096 + 24]);
        OnnxModel model =
                model(
                        OnnxTensor.longs("shape", Shape.of(3), 0, -1, 7),
                        OnnxTensor.longs("scalar", Shape.of(), 5),
                        OnnxTensor.floats("empty", Shape.of(0, 4)),
                        external(4096, 24));
        Path file = folder.resolve("m.onnx");
        OnnxWriter.write(model, file);
        assertEquals(model, OnnxReader.read(file));
    }

    @Test
    void anExistingFileIsNotOverwritten() throws IOException {
        Path file = file(new byte[1]);
        Refusal refusal = assertThrows(Refusal.class, () -> OnnxWriter.write(model(), file));
        assertEquals(Refusal.Kind.COULD_NOT_WRITE, refusal.kind());
    }

    @Test
    void packedAndUnpackedNumbersAndUnknownFieldsAreRead() throws IOException {
        byte[] tensor =
                message(t -> {
                    t.writeByteArray(1, new byte[] {2, 1}); // dims, packed
                    t.writeInt64(1, 1); // and one more, unpacked
                    t.writeInt32(2, 7);
                    t.writeByteArray(7, message(p -> p.writeUInt64NoTag(300))); // int64_data
                    t.writeInt64(7, -1);
                    t.writeString(8, "k");
                    t.writeString(12, "a doc string");
                    t.writeFixed64(4000, 1);
                });
        byte[] graph = message(g -> g.writeByteArray(5, tensor));
        Path file =
                file(
                        message(m -> {
                            m.writeUInt32NoTag(999 << 3 | 3); // a group
                            m.writeUInt32NoTag(999 << 3 | 4);
                            m.writeByteArray(7, graph);
                        }));
        assertEquals(
                List.of(OnnxTensor.longs("k", Shape.of(2, 1, 1), 300, -1)),
                OnnxReader.read(file).graph().initializers());
    }

    @Test
    void everyCutFileIsRefusedOrLacksItsTail() {
        byte[] whole = OnnxWriter.toBytes(model(OnnxTensor.longs("k", Shape.of(2), 1, 2)));
        for (int n = 0; n < whole.length; n++) {
            byte[] bytes = Arrays.copyOf(whole, n);
            try {
                OnnxModel cut = OnnxReader.parse(folder, bytes);
                assertTrue(cut.functions().isEmpty() || cut.metadataProps().isEmpty());
            } catch (Refusal e) {
                assertEquals(Refusal.Kind.BAD_INPUT, e.kind());
            }
        }
    }

    @Test
    void damagedFilesAreReadOrRefusedButNothingElse() {
        byte[] whole = OnnxWriter.toBytes(model(OnnxTensor.longs("k", Shape.of(2), 1, 2)));
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = whole.clone();
            for (int k = 0; k < 1 + i % 3; k++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                OnnxReader.parse(folder, damaged);
            } catch (Refusal e) {
                refused++;
            }
        }
        assertTrue(refused > 500, refused + " of 3000 refused");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 23, 'need 24', 24",
        "1, 24, 'lie outside', 24",
        "9000000000000000000, 24, 'is no number', 24",
        "100000000000000000, 24, 'lie outside', 24",
        "-1, 24, 'is no number', 24",
        "0, 24, 'lie outside', 23",
    })
    void sidecarBytesMustFit(long offset, long length, String problem, int size)
            throws IOException {
        Files.write(folder.resolve("m.onnx.data"), new byte[size]);
        Refusal refusal = refused(OnnxWriter.toBytes(model(external(offset, length))));
        assertTrue(refusal.getMessage().contains(problem), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("tensor w"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "../w", "/etc/passwd", "a/w", "a\\w", "c:w", "w\n", "..w"})
    void sidecarsAreNeighbours(String location) throws IOException {
        OnnxTensor w =
                new OnnxTensor("w", DType.U8, Shape.of(1), new OnnxData.External(location, 0, 1));
        assertTrue(
                refused(OnnxWriter.toBytes(model(w))).getMessage().contains("no plain file name"));
    }

    @Test
    void aMissingSidecarIsNamed() throws IOException {
        Refusal refusal = refused(OnnxWriter.toBytes(model(external(0, 24))));
        assertTrue(refusal.getMessage().contains("m.onnx.data: no such file"));
    }

    @Test
    void inlineBytesMustFitTheShape() throws IOException {
        OnnxTensor lie =
                new OnnxTensor(
                        "lie",
                        DType.I64,
                        Shape.of(1L << 40),
                        new OnnxData.Inline(Bytes.ofLongs(1)));
        assertTrue(refused(OnnxWriter.toBytes(model(lie))).getMessage().contains("needs"));
        OnnxTensor endless =
                new OnnxTensor(
                        "endless",
                        DType.I64,
                        Shape.of(1L << 40, 1L << 40),
                        new OnnxData.Inline(Bytes.ofLongs(1)));
        assertTrue(refused(OnnxWriter.toBytes(model(endless))).getMessage().contains("impossible"));
    }

    @Test
    void lengthsBeyondTheFileAskForNoMemory() throws IOException {
        byte[] claim = message(m -> m.writeUInt32NoTag(7 << 3 | 2));
        byte[] huge = message(m -> m.writeUInt32NoTag(Integer.MAX_VALUE));
        refused(ByteBuffer.allocate(claim.length + huge.length).put(claim).put(huge).array());
    }

    @Test
    void deepNestsAreRefused() throws IOException {
        byte[] graph = {};
        for (int i = 0; i < 2000; i++) {
            byte[] inner = graph;
            byte[] attribute = message(a -> a.writeByteArray(6, inner));
            byte[] node = message(n -> n.writeByteArray(5, attribute));
            graph = message(g -> g.writeByteArray(1, node));
        }
        byte[] deep = graph;
        assertTrue(
                refused(message(m -> m.writeByteArray(7, deep))).getMessage().contains("deeper"));
        byte[] groups = new byte[200_000];
        Arrays.fill(groups, (byte) (12 << 3 | 3));
        refused(groups);
    }

    @Test
    void anEmptyFileHasNoGraph() throws IOException {
        assertTrue(refused(new byte[0]).getMessage().contains("no graph"));
    }

    @Test
    void unknownTypesAreNotSupported() throws IOException {
        byte[] tensor = message(t -> t.writeInt32(2, 22));
        byte[] graph = message(g -> g.writeByteArray(5, tensor));
        assertEquals(
                Refusal.Kind.NOT_SUPPORTED,
                refused(message(m -> m.writeByteArray(7, graph))).kind());
    }
}
