package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.dialect.MlxDialect;
import pennyweight.converter.dialect.Transform;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.verify.Limits;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.safetensors.SafetensorsLayout;
import pennyweight.quantizer.ErrorStats;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** MLX folders read back: ours without their settings are like those of strangers. */
final class OpenedMlxTest {
    private static final Path TINY = Recorded.folder("tiny-qwen35");
    private static final MlxDialect DIALECT = new MlxDialect();

    @TempDir private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "lm-2bit-g64, 2-bit g64, 32, false",
        "lm-mixed_3_6, 3-bit g64 + 6-bit g64, 32, false",
        "lm-mxfp4, mxfp4, 32, false",
        "lm-mxfp8, mxfp8, 32, false",
        "lm-nvfp4, nvfp4, 32, false",
        "vlm-4bit-g64, 4-bit g64, 32, true"
    })
    void readsQuantizedFolders(String record, String label, int quantized, boolean tower) {
        MlxWritten written = MlxWritten.of(TINY, MlxTargetTest.settings(record), folder);
        assertTrue(Targets.recognises(written.folder()));
        try (OpenedFile opened = Targets.open(written.folder());
                Checkpoint source = Checkpoint.open(TINY)) {
            assertEquals("mlx", opened.format());
            assertEquals(label, opened.label());
            assertEquals(roles(source, tower), opened.roles());
            assertEquals(
                    quantized,
                    opened.roles().stream()
                            .filter(r -> opened.tensor(r).encoding().planes() > 1)
                            .count());
            for (Role role : opened.roles()) {
                float[] expected = expected(source, role);
                float[] found = read(opened.tensor(role));
                int bits = opened.tensor(role).encoding().precision();
                if (bits < 16) {
                    double error = ErrorStats.of(expected, found, found.length).relativeRmse();
                    assertTrue(error <= Limits.tensorError(bits), role + ": " + error);
                } else {
                    assertArrayEquals(expected, found, role.toString());
                }
            }
        }
    }

    private static Set<Role> roles(Checkpoint source, boolean tower) {
        return specs(source, tower).map(TensorSpec::role).collect(Collectors.toSet());
    }

    private static Stream<TensorSpec> specs(Checkpoint source, boolean tower) {
        return Stream.concat(
                source.model().tensors().stream().filter(t -> t.role().scope() == Scope.TEXT),
                source.tower().map(VisionTower::tensors).filter(t -> tower).stream()
                        .flatMap(List::stream));
    }

    private static float[] read(EncodedTensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        tensor.read(0, Math.toIntExact(tensor.rows()), values);
        return values;
    }

    /** The checkpoint's numbers in MLX's conventions and in the type that they are stored in. */
    private static float[] expected(Checkpoint source, Role role) {
        EncodedTensor original = source.stored(source.tensor(role));
        Transform transform = source.transform(DIALECT.conventions(), role);
        int rows = Math.toIntExact(original.rows());
        float[] values = new float[rows * original.columns()];
        original.read(transform, 0, rows, values);
        float[] target = new float[values.length];
        transform.apply(values, rows, original.columns(), target);
        float[] rounded = new float[target.length];
        Plain plain = plain(role);
        plain.decode(new byte[][] {bytes(plain, target)}, 1, target.length, rounded);
        return rounded;
    }

    private static Plain plain(Role role) {
        return new Plain(role.part() == Part.DELTA_DECAY ? Plain.Type.F32 : Plain.Type.BF16);
    }

    private static byte[] bytes(Plain plain, float[] values) {
        byte[] bytes = new byte[Math.toIntExact(plain.rowBytes(0, values.length))];
        plain.encode(values, 1, values.length, new byte[][] {bytes});
        return bytes;
    }

    /** A folder as mlx-vlm writes it when nothing is quantized, with the tower or without. */
    private void writeUnquantized(boolean tower, Map<String, String> metadata) throws IOException {
        try (Checkpoint source = Checkpoint.open(TINY)) {
            List<SafetensorsLayout.Tensor> tensors = new ArrayList<>();
            List<byte[]> data = new ArrayList<>();
            for (TensorSpec spec : specs(source, tower).toList()) {
                Plain plain = plain(spec.role());
                Shape shape = DIALECT.conventions().shape(spec.role(), spec.shape());
                DType dtype = DType.valueOf(plain.label());
                tensors.add(new SafetensorsLayout.Tensor(DIALECT.name(spec.role()), dtype, shape));
                data.add(bytes(plain, expected(source, spec.role())));
            }
            SafetensorsLayout layout = SafetensorsLayout.of(tensors, metadata);
            byte[] file = new byte[Math.toIntExact(layout.fileSize())];
            System.arraycopy(layout.header().toArray(), 0, file, 0, layout.header().length());
            for (int i = 0; i < data.size(); i++) {
                byte[] bytes = data.get(i);
                System.arraycopy(bytes, 0, file, (int) layout.offset(i), bytes.length);
            }
            Files.write(folder.resolve("model.safetensors"), file);
            Files.copy(TINY.resolve("config.json"), folder.resolve("config.json"));
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void readsUnquantizedFolders(boolean tower) throws IOException {
        writeUnquantized(tower, Map.of("format", "mlx"));
        assertTrue(Targets.recognises(folder));
        try (OpenedFile opened = Targets.open(folder);
                Checkpoint source = Checkpoint.open(TINY)) {
            assertEquals("BF16", opened.label());
            assertEquals(roles(source, tower), opened.roles());
            for (Role role : opened.roles()) {
                assertArrayEquals(
                        expected(source, role), read(opened.tensor(role)), role.toString());
            }
            assertTrue(opened.languageModel(1).isPresent());
        }
    }

    @Test
    void theSameNamesWithoutTheMarkAreNoMlxFolder() throws IOException {
        writeUnquantized(true, Map.of("format", "pt"));
        assertFalse(Targets.recognises(folder));
        assertFalse(Targets.recognises(TINY));
    }

    private String refusal(String record, Function<ObjectNode, ObjectNode> edit)
            throws IOException {
        MlxWritten written = MlxWritten.of(TINY, MlxTargetTest.settings(record), folder);
        Path config = written.folder().resolve("config.json");
        ObjectNode root = JsonMapper.shared().readTree(Files.readString(config)).asObject();
        Files.writeString(config, edit.apply(root).toString());
        return String.valueOf(
                assertThrows(Refusal.class, () -> Targets.open(written.folder())).getMessage());
    }

    @Test
    void refusesABlockThatDisagreesWithTheTensors() throws IOException {
        String line =
                refusal(
                        "lm-mxfp4",
                        c -> {
                            c.remove("quantization_config");
                            c.path("quantization").asObject().put("mode", "mxfp8").put("bits", 8);
                            return c;
                        });
        assertTrue(line.contains("model.safetensors: tensor language_model.model."), line);
        assertTrue(line.contains("is not of 8 bits in groups of 32"), line);
    }

    @Test
    void refusesATowerOfAnotherShape() throws IOException {
        String line =
                refusal(
                        "vlm-4bit-g64",
                        c -> {
                            ObjectNode vision = c.path("vision_config").asObject();
                            vision.put(
                                    "intermediate_size",
                                    vision.path("intermediate_size").asInt() + 1);
                            return c;
                        });
        assertTrue(line.contains("tensor vision_tower.blocks.0.mlp.linear_fc1.weight"), line);
    }
}
