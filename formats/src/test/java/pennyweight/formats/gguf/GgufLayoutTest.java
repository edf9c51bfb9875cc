package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.OutputFile;

class GgufLayoutTest {
    private static final SequencedMap<String, GgufValue> EVERY_TYPE = everyType();

    @TempDir Path folder;

    private static SequencedMap<String, GgufValue> everyType() {
        SequencedMap<String, GgufValue> m = new LinkedHashMap<>();
        m.put("u8", new GgufValue.U8(255));
        m.put("i8", new GgufValue.I8(-128));
        m.put("u16", new GgufValue.U16(65535));
        m.put("i16", new GgufValue.I16(-32768));
        m.put("u32", new GgufValue.U32(7));
        m.put("u32.most", new GgufValue.U32(0xFFFF_FFFFL));
        m.put("i32", new GgufValue.I32(Integer.MIN_VALUE));
        m.put("f32", new GgufValue.F32(0.95f));
        m.put("bool", new GgufValue.Bool(true));
        m.put("string", new GgufValue.Text("Ġ<|im_end|>\n\uD83D\uDE00"));
        m.put("string.empty", new GgufValue.Text(""));
        m.put("u64", new GgufValue.U64(-1));
        m.put("i64", new GgufValue.I64(Long.MIN_VALUE));
        m.put("f64", new GgufValue.F64(Math.PI));
        m.put("strings", new GgufValue.Strings(List.of("a", "", "ß")));
        m.put("ints", GgufValue.Numbers.i32(11, 11, 10, 0));
        m.put("uints", GgufValue.Numbers.u32(0, 0xFFFF_FFFFL));
        m.put("floats", GgufValue.Numbers.f32(0.5f, Float.NEGATIVE_INFINITY));
        m.put("bools", GgufValue.Numbers.bools(true, false, true));
        m.put("none", new GgufValue.Strings(List.of()));
        return m;
    }

    private GgufFile written(GgufLayout layout) {
        Path file = folder.resolve("x.gguf");
        try (OutputFile out = OutputFile.create(file, layout.fileBytes())) {
            byte[] header = layout.header().toArray();
            out.write(0, header, 0, header.length);
        }
        return GgufFile.open(file);
    }

    @Test
    void everyTypeOfValueComesBack() {
        try (GgufFile file = written(GgufLayout.of(EVERY_TYPE, List.of()))) {
            assertEquals(
                    new ArrayList<>(EVERY_TYPE.entrySet()),
                    new ArrayList<>(file.metadata().values().entrySet()));
            GgufValue.Numbers ints = file.metadata().integers("ints");
            assertArrayEquals(
                    new long[] {11, 11, 10, 0},
                    java.util.stream.LongStream.range(0, ints.size())
                            .map(i -> ints.integer((int) i))
                            .toArray());
            assertEquals(0xFFFF_FFFFL, file.metadata().integers("uints").integer(1));
            GgufValue floats = file.metadata().values().get("floats");
            assertEquals(Double.NEGATIVE_INFINITY, ((GgufValue.Numbers) floats).real(1));
        }
    }

    @Test
    void everyTypeOfTensorComesBack() {
        Random random = new Random(3);
        List<GgufLayout.Entry> entries = new ArrayList<>();
        for (GgufType type : GgufType.values()) {
            long columns = (long) type.blockElements() * (1 + random.nextInt(3));
            long[] dims = {1 + random.nextInt(3), 1 + random.nextInt(5), columns};
            entries.add(new GgufLayout.Entry("t." + type, type, Shape.of(dims)));
        }
        GgufLayout layout = GgufLayout.of(EVERY_TYPE, entries);
        try (GgufFile file = written(layout)) {
            assertEquals(layout.tensors(), file.tensors());
            long end = layout.header().length();
            for (GgufTensor t : file.tensors()) {
                assertEquals(0, t.offset() % 32);
                assertEquals(end, t.offset());
                assertEquals(
                        t.shape().elements() / t.type().blockElements() * t.type().blockBytes(),
                        t.bytes());
                end = t.offset() + (t.bytes() + 31) / 32 * 32;
            }
            assertEquals(end, layout.fileBytes());
        }
    }

    @Test
    void accessorsNameFileAndKey() {
        Path path = Path.of("model.gguf");
        GgufMetadata m = new GgufMetadata(path, EVERY_TYPE);
        assertEquals(7, m.u32("u32"));
        assertEquals(0.95f, m.f32("f32"));
        assertEquals(Optional.empty(), m.optionalU32("absent"));
        assertEquals(Optional.empty(), m.optionalBool("absent"));
        assertEquals(Optional.empty(), m.optionalF32("absent"));
        assertEquals(Optional.empty(), m.optionalString("absent"));
        assertEquals(Optional.empty(), m.optionalStrings("absent"));
        assertEquals(Optional.empty(), m.optionalIntegers("absent"));
        names(() -> m.u32("absent"), "model.gguf: metadata has no key absent");
        names(() -> m.strings("absent"), "model.gguf: metadata has no key absent");
        names(() -> m.u32("i32"), "model.gguf: metadata key i32 is of type i32, not u32");
        names(() -> m.optionalString("bool"), "key bool is of type bool, not string");
        names(() -> m.integers("strings"), "key strings is of type array of string, not array of");
        names(() -> m.integers("floats"), "key floats is of type array of f32, not array of");
        names(() -> m.u32("u32.most"), "key u32.most is 4294967295");
    }

    private static void names(org.junit.jupiter.api.function.Executable call, String part) {
        String message = String.valueOf(assertThrows(Refusal.class, call).getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void refusesWhatLlamaCppWouldRefuse() {
        SequencedMap<String, GgufValue> alignment = new LinkedHashMap<>();
        alignment.put("general.alignment", new GgufValue.U32(64));
        assertThrows(IllegalArgumentException.class, () -> GgufLayout.of(alignment, List.of()));
        rejects(new GgufLayout.Entry("", GgufType.F32, Shape.of(1)));
        rejects(new GgufLayout.Entry("n".repeat(64), GgufType.F32, Shape.of(1)));
        rejects(new GgufLayout.Entry("a", GgufType.F32, Shape.of(1, 1, 1, 1, 1)));
        rejects(new GgufLayout.Entry("a", GgufType.F32, Shape.of()));
        rejects(new GgufLayout.Entry("a", GgufType.F32, Shape.of(2, 0)));
        rejects(new GgufLayout.Entry("a", GgufType.Q4_K, Shape.of(2, 128)));
        GgufLayout.Entry same = new GgufLayout.Entry("a", GgufType.F32, Shape.of(1));
        rejects(same, same);
        SequencedMap<String, GgufValue> half = new LinkedHashMap<>();
        half.put("k", new GgufValue.Text("\uD83D"));
        assertThrows(IllegalArgumentException.class, () -> GgufLayout.of(half, List.of()));
    }

    private static void rejects(GgufLayout.Entry... entries) {
        assertThrows(
                IllegalArgumentException.class,
                () -> GgufLayout.of(new LinkedHashMap<>(), List.of(entries)));
    }

    /** Id, name, numbers and bytes of a block, as the library tells them for each id it knows. */
    private static final String TABLE =
            """
            0 F32 1 4
            1 F16 1 2
            2 Q4_0 32 18
            3 Q4_1 32 20
            6 Q5_0 32 22
            7 Q5_1 32 24
            8 Q8_0 32 34
            9 Q8_1 32 36
            10 Q2_K 256 84
            11 Q3_K 256 110
            12 Q4_K 256 144
            13 Q5_K 256 176
            14 Q6_K 256 210
            15 Q8_K 256 292
            16 IQ2_XXS 256 66
            17 IQ2_XS 256 74
            18 IQ3_XXS 256 98
            19 IQ1_S 256 50
            20 IQ4_NL 32 18
            21 IQ3_S 256 110
            22 IQ2_S 256 82
            23 IQ4_XS 256 136
            24 I8 1 1
            25 I16 1 2
            26 I32 1 4
            27 I64 1 8
            28 F64 1 8
            29 IQ1_M 256 56
            30 BF16 1 2
            34 TQ1_0 256 54
            35 TQ2_0 256 66
            39 MXFP4 32 17
            40 NVFP4 64 36
            41 Q1_0 128 18
            42 Q2_0 64 18
            """;

    @Test
    void theTableHasLlamaCppsSizes() {
        StringBuilder table = new StringBuilder();
        for (int id = 0; id < 43; id++) {
            GgufType.ofId(id)
                    .ifPresent(t ->
                            table.append(t.id())
                                    .append(' ')
                                    .append(t)
                                    .append(' ')
                                    .append(t.blockElements())
                                    .append(' ')
                                    .append(t.blockBytes())
                                    .append('\n'));
        }
        assertEquals(TABLE, table.toString());
        assertEquals(35, GgufType.values().length);
        assertEquals(Optional.empty(), GgufType.ofId(43));
        assertEquals(Optional.empty(), GgufType.ofId(-1));
        assertEquals(2 * 210, GgufType.Q6_K.rowBytes(512));
        assertEquals(0, GgufType.Q8_0.rowBytes(0));
        assertThrows(IllegalArgumentException.class, () -> GgufType.Q8_0.rowBytes(33));
        assertThrows(ArithmeticException.class, () -> GgufType.F64.rowBytes(Long.MAX_VALUE));
    }
}
