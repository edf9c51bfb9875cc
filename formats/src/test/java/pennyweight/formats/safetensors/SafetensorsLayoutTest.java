package pennyweight.formats.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.io.OutputFile;

class SafetensorsLayoutTest {
    @TempDir Path folder;

    @Test
    void writesTheHeaderOfTheFormat() {
        SafetensorsLayout layout =
                SafetensorsLayout.of(
                        List.of(
                                new SafetensorsLayout.Tensor("w", DType.BF16, Shape.of(2, 3)),
                                new SafetensorsLayout.Tensor("é", DType.U8, Shape.of())),
                        Map.of("format", "mlx"));
        String json =
                "{\"__metadata__\":{\"format\":\"mlx\"},"
                        + "\"w\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
                        + "\"é\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[12,13]}}";
        int padded = (json.getBytes(StandardCharsets.UTF_8).length + 7) / 8 * 8;
        byte[] header = layout.header().toArray();
        assertEquals(8 + padded, header.length);
        assertEquals(padded, header[0] & 0xFF);
        assertEquals(json, new String(header, 8, padded, StandardCharsets.UTF_8).stripTrailing());
        assertEquals(8 + padded, layout.offset(0));
        assertEquals(8 + padded + 12, layout.offset(1));
        assertEquals(8 + padded + 13, layout.fileSize());
    }

    @Test
    void refusesTwoTensorsOfOneName() {
        SafetensorsLayout.Tensor t = new SafetensorsLayout.Tensor("a", DType.U8, Shape.of(1));
        assertThrows(
                IllegalArgumentException.class,
                () -> SafetensorsLayout.of(List.of(t, t), Map.of()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        SafetensorsLayout.of(
                                List.of(
                                        new SafetensorsLayout.Tensor(
                                                "__metadata__", DType.U8, Shape.of(1))),
                                Map.of()));
    }

    /** Whatever is laid out reads back the same. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void readsBackAsLaidOut(long seed) throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        Map<String, String> metadata = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            metadata.put(text(random) + i, text(random));
        }
        List<SafetensorsLayout.Tensor> tensors = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            long[] dims = random.longs(random.nextInt(4), 0, 9).toArray();
            DType dtype = DType.values()[random.nextInt(DType.values().length)];
            tensors.add(new SafetensorsLayout.Tensor(text(random) + i, dtype, Shape.of(dims)));
        }
        SafetensorsLayout layout = SafetensorsLayout.of(tensors, metadata);
        Path path = folder.resolve("x.safetensors");
        try (OutputFile out = OutputFile.create(path, layout.fileSize())) {
            byte[] header = layout.header().toArray();
            out.write(0, header, 0, header.length);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertEquals(metadata, file.metadata());
            // An empty tensor shares its offset with the next, so only the set of entries is given.
            assertEquals(
                    java.util.Set.copyOf(layout.entries(path)),
                    java.util.Set.copyOf(file.tensors()));
            assertEquals(
                    layout.entries(path).stream().filter(t -> t.bytes() > 0).toList(),
                    file.tensors().stream().filter(t -> t.bytes() > 0).toList());
        }
    }

    /** Text with quotes, escapes, controls and characters of one to four bytes. */
    private static String text(RandomGenerator random) {
        int[] alphabet = {'a', '.', '"', '\\', '\n', 0, 0x7f, 0xe9, 0x4e2d, 0x1f600, 0x2028};
        return random.ints(random.nextInt(6), 0, alphabet.length)
                .map(i -> alphabet[i])
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
