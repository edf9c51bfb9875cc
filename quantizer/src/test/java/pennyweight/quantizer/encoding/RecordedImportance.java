package pennyweight.quantizer.encoding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The importance matrix that llama-imatrix recorded of a small checkpoint: just enough of a GGUF
 * reader for a file of float32 tensors.
 */
final class RecordedImportance {
    private static final Path TESTDATA = Path.of(System.getProperty("pennyweight.testdata"));
    private static final String SUMS = ".in_sum2";
    private static final int ALIGNMENT = 32;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteBuffer file;

    private RecordedImportance(byte[] bytes) {
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The mean square of the inputs of every column, by the name of the GGUF tensor. */
    static Map<String, float[]> of(String model) {
        try {
            Path path = TESTDATA.resolve("golden").resolve(model).resolve("imatrix.gguf");
            return new RecordedImportance(Files.readAllBytes(path)).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, float[]> read() {
        file.position(8);
        long tensors = file.getLong();
        long keys = file.getLong();
        for (long i = 0; i < keys; i++) {
            string();
            skipValue(file.getInt());
        }
        Map<String, Integer> lengths = new HashMap<>();
        Map<String, Integer> offsets = new TreeMap<>();
        for (long i = 0; i < tensors; i++) {
            String name = string();
            int length = 1;
            int dimensions = file.getInt();
            for (int d = 0; d < dimensions; d++) {
                length *= (int) file.getLong();
            }
            if (file.getInt() != 0) {
                throw new IllegalStateException(name + " is not of float32");
            }
            lengths.put(name, length);
            offsets.put(name, (int) file.getLong());
        }
        int data = (file.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        Map<String, float[]> means = new TreeMap<>();
        for (Map.Entry<String, Integer> entry : offsets.entrySet()) {
            if (entry.getKey().endsWith(SUMS)) {
                String name = entry.getKey().replace(SUMS, "");
                float count = file.getFloat(data + offsets.getOrDefault(name + ".counts", -1));
                float[] mean = new float[lengths.getOrDefault(entry.getKey(), 0)];
                for (int i = 0; i < mean.length; i++) {
                    mean[i] = file.getFloat(data + entry.getValue() + Float.BYTES * i) / count;
                }
                means.put(name, mean);
            }
        }
        return means;
    }

    private String string() {
        byte[] bytes = new byte[(int) file.getLong()];
        file.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void skipValue(int type) {
        if (type == STRING) {
            string();
        } else if (type == ARRAY) {
            int element = file.getInt();
            long count = file.getLong();
            for (long i = 0; i < count; i++) {
                skipValue(element);
            }
        } else {
            int bytes =
                    switch (type) {
                        case 0, 1, 7 -> 1;
                        case 2, 3 -> 2;
                        case 4, 5, 6 -> 4;
                        default -> 8;
                    };
            file.position(file.position() + bytes);
        }
    }
}
