package pennyweight.quantizer.encoding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The matrices of a small checkpoint and the digests that real tools left of them. */
final class Checkpoint {
    private static final Path TESTDATA = Path.of(System.getProperty("pennyweight.testdata"));

    /** A bfloat16 matrix. */
    record Matrix(int rows, int columns, float[] values) {
        @Override
        public String toString() {
            return rows + "x" + columns;
        }
    }

    private final Map<String, Matrix> matrices = new TreeMap<>();

    private Checkpoint() {}

    /** All two-dimensional bfloat16 tensors of {@code testdata/NAME}, by name. */
    static Map<String, Matrix> matrices(String model) {
        Checkpoint checkpoint = new Checkpoint();
        try (Stream<Path> files = Files.list(TESTDATA.resolve(model))) {
            List<Path> shards =
                    files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
            for (Path shard : shards) {
                checkpoint.read(shard);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return checkpoint.matrices;
    }

    private void read(Path shard) throws IOException {
        ByteBuffer file;
        try (FileChannel channel = FileChannel.open(shard)) {
            file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
        file.order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) file.getLong(0);
        byte[] header = new byte[length];
        file.get(8, header);
        JsonNode root = JsonMapper.shared().readTree(new String(header, StandardCharsets.UTF_8));
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            JsonNode tensor = entry.getValue();
            if (!tensor.path("dtype").asString("").equals("BF16")
                    || tensor.path("shape").size() != 2) {
                continue;
            }
            int rows = tensor.path("shape").get(0).asInt();
            int columns = tensor.path("shape").get(1).asInt();
            int start = 8 + length + tensor.path("data_offsets").get(0).asInt();
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.intBitsToFloat(file.getShort(start + 2 * i) << 16);
            }
            matrices.put(entry.getKey(), new Matrix(rows, columns, values));
        }
    }

    /** A file that a real tool left, under {@code testdata/golden}. */
    static Path recorded(String path) {
        return TESTDATA.resolve("golden").resolve(path);
    }

    /** A recorded digest file under {@code testdata/golden}. */
    static JsonNode golden(String path) {
        try {
            return JsonMapper.shared().readTree(Files.readString(recorded(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[][] encode(Encoding encoding, Matrix matrix) {
        byte[][] planes = new byte[encoding.planes()][];
        for (int p = 0; p < planes.length; p++) {
            planes[p] = new byte[(int) (matrix.rows() * encoding.rowBytes(p, matrix.columns()))];
        }
        encoding.encode(matrix.values(), matrix.rows(), matrix.columns(), planes);
        return planes;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
