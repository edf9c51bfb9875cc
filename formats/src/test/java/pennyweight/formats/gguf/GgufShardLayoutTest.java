package pennyweight.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.formats.ByteSize;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.io.OutputFile;

/** Splitting against what llama-gguf-split makes of the same file. */
class GgufShardLayoutTest {
    @TempDir Path folder;

    private static SequencedMap<String, GgufValue> metadata() {
        SequencedMap<String, GgufValue> m = new LinkedHashMap<>();
        m.put("general.architecture", new GgufValue.Text("qwen35"));
        m.put("split.count", new GgufValue.U16(0));
        m.put("general.file_type", new GgufValue.U32(15));
        m.put("split.no", new GgufValue.U16(0));
        m.put("qwen35.rope.freq_base", new GgufValue.F32(1e7f));
        m.put("qwen35.rope.dimension_sections", GgufValue.Numbers.i32(11, 11, 10, 0));
        m.put("tokenizer.ggml.tokens", new GgufValue.Strings(List.of("a", "Ġé", "")));
        m.put("tokenizer.ggml.add_bos_token", new GgufValue.Bool(false));
        m.put("some.u64", new GgufValue.U64(-1));
        m.put("some.f64", new GgufValue.F64(Math.PI));
        return m;
    }

    /** Some 4.5 MB; the outer dimensions of 1 do not survive, and one tensor exceeds a million. */
    private static List<GgufLayout.Entry> entries() {
        List<GgufLayout.Entry> entries = new ArrayList<>();
        entries.add(new GgufLayout.Entry("token_embd.weight", GgufType.Q6_K, Shape.of(2048, 256)));
        entries.add(new GgufLayout.Entry("output_norm.weight", GgufType.F32, Shape.of(256)));
        for (int layer = 0; layer < 6; layer++) {
            String name = "blk." + layer + ".";
            entry(entries, name + "attn_qkv.weight", GgufType.Q4_K, 768, 256);
            entry(entries, name + "ssm_conv1d.weight", GgufType.F32, 1, 1, 768, 4);
            entry(entries, name + "ssm_norm.weight", GgufType.F32, 1, 33);
            entry(entries, name + "ffn_up.weight", GgufType.IQ4_XS, 1, 3, 512, 256);
        }
        entry(entries, "large.weight", GgufType.BF16, 1001, 512);
        entry(entries, "one.weight", GgufType.F32, 1, 1, 1);
        entry(entries, "output.weight", GgufType.Q8_0, 1024, 256);
        return entries;
    }

    private static void entry(
            List<GgufLayout.Entry> entries, String name, GgufType type, long... shape) {
        entries.add(new GgufLayout.Entry(name, type, Shape.of(shape)));
    }

    /** Numbers that tell tensors and positions apart. */
    private static byte[] data(String name, long bytes) {
        byte[] data = new byte[(int) bytes];
        new Random(name.hashCode()).nextBytes(data);
        return data;
    }

    private static Path write(Path file, GgufLayout layout) {
        try (OutputFile out = OutputFile.create(file, layout.fileBytes())) {
            byte[] header = layout.header().toArray();
            out.write(0, header, 0, header.length);
            for (GgufTensor t : layout.tensors()) {
                byte[] data = data(t.name(), t.bytes());
                out.write(t.offset(), data, 0, data.length);
            }
        }
        return file;
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    /** SHA-256 of the files that llama-gguf-split --split-max-size writes, by size. */
    @ParameterizedTest
    @CsvSource({
        "1M, dc5633fa02b01ae8dc0346d772eeca03dcab316ff9991559b1f411114d1a325e f4e3d5bc3ef11084cadf047ad10277eacd2da1721572e8142955c288786faaec 9756f580a9f78d5692a5b470c95951cc8db412c5bc7e41e30f4d13e5ce9ccdde 2a59d2dc1899eea61d448332be483b3d6a493901f756335d8d38f1ce59bdf993 ab2cfc6e1a3047b7fb5dd2931c920808b31391d5f52a1db369e67e2d8a9214e0",
        "2M, adf629f5bfa26b19bb52b2166b794dde25fc8e814c0ba0956803b381e1034dc8 b60b5304702d7f51465078083f3fba86010b304008083e7c0be94c3026fc3021",
        "3M, a72e069434d7d902e801c3e702ff7a251ec3bc10ae0afa67ecdbc61925f62f8b 28611861688dfa3f3655dd3670ca4ea4f0430f9f0198f5fc8f0b871bd23ec5ab",
        "1G, 2a59d8cdf38f129710a5b2c487c2d3b3f1d64f98e569e2b49b3f2160cc7f962d"
    })
    void theFilesOfGgufSplit(String size, String digests)
            throws IOException, NoSuchAlgorithmException {
        List<String> due = List.of(digests.split(" ", -1));
        GgufShardLayout layout =
                GgufShardLayout.of("m", metadata(), entries(), ByteSize.parse(size));
        assertEquals(due.size(), layout.shards().size());
        for (int no = 0; no < due.size(); no++) {
            GgufShardLayout.Shard shard = layout.shards().get(no);
            assertEquals(
                    String.format("m-%05d-of-%05d.gguf", no + 1, due.size()), shard.fileName());
            Path file = write(folder.resolve(shard.fileName()), shard.layout());
            assertEquals(due.get(no), sha256(file), shard.fileName());
        }
        try (GgufShards model =
                GgufShards.open(folder.resolve(layout.shards().getLast().fileName()))) {
            assertEquals(
                    entries().stream().map(GgufLayout.Entry::name).toList(),
                    model.tensors().stream().map(GgufTensor::name).toList());
            assertEquals(
                    layout.tensors().stream().map(GgufShardLayout.Placement::tensor).toList(),
                    model.tensors());
            for (GgufShardLayout.Placement p : layout.tensors()) {
                assertEquals(
                        layout.shards().get(p.shard()).fileName(),
                        String.valueOf(model.input(p.tensor()).path().getFileName()));
            }
            assertEquals(SplitKeys.without(metadata()), model.metadata().values());
        }
    }

    @Test
    void aLargeTensorHasAShardOfItsOwn() {
        GgufShardLayout layout = GgufShardLayout.of("m", metadata(), entries(), 1_000_000);
        GgufShardLayout.Shard shard = layout.oversized().getFirst();
        assertEquals(List.of(shard), layout.oversized());
        assertEquals(1_025_024, shard.dataBytes());
        assertEquals("large.weight", shard.layout().tensors().getFirst().name());
        assertEquals(1, shard.layout().tensors().size());
        assertEquals(
                List.of(), GgufShardLayout.of("m", metadata(), entries(), 1_025_024).oversized());
    }

    @Test
    void aFirstTensorThatIsTooLargeIsRefused() {
        Refusal refusal =
                assertThrows(
                        Refusal.class,
                        () -> GgufShardLayout.of("m", metadata(), entries(), 430_079));
        assertEquals(Refusal.Kind.USAGE, refusal.kind());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("430079 bytes do not hold tensor token_embd.weight"), message);
        assertEquals(
                1,
                GgufShardLayout.of("m", metadata(), entries(), 430_080)
                        .shards()
                        .getFirst()
                        .layout()
                        .tensors()
                        .size());
    }

    @Test
    void moreShardsThanTheKeyCanCount() {
        List<GgufLayout.Entry> entries = new ArrayList<>();
        for (int i = 0; i <= GgufShardName.MOST; i++) {
            entry(entries, "t" + i, GgufType.I8, 1);
        }
        Refusal refusal =
                assertThrows(Refusal.class, () -> GgufShardLayout.of("m", metadata(), entries, 32));
        assertTrue(String.valueOf(refusal.getMessage()).contains("65536 files"), refusal::toString);
    }

    @Test
    void noTensorsGiveOneShard() {
        GgufShardLayout layout = GgufShardLayout.of("m", metadata(), List.of(), 1);
        assertEquals("m-00001-of-00001.gguf", layout.shards().getFirst().fileName());
        assertEquals(0, layout.shards().getFirst().dataBytes());
    }
}
