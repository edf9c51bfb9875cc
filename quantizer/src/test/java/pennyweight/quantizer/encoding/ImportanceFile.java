package pennyweight.quantizer.encoding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;

/**
 * The importance of columns that llama-imatrix recorded: of a weight {@code W} the F32 tensors
 * {@code W.in_sum2}, the sums of squared activations, and {@code W.counts}, how many they are of.
 */
final class ImportanceFile {
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int ALIGNMENT = 32;

    private final ByteBuffer file;
    private final Map<String, float[]> tensors = new HashMap<>();

    private ImportanceFile(ByteBuffer file) {
        this.file = file;
    }

    /** The importance of every weight of a small checkpoint's {@code imatrix.gguf}, by name. */
    static Map<String, Importance> read(String model) {
        ImportanceFile reader;
        try {
            byte[] bytes = Files.readAllBytes(Checkpoint.recorded(model + "/imatrix.gguf"));
            reader = new ImportanceFile(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader.read();
        Map<String, Importance> importance = new HashMap<>();
        reader.tensors.forEach((name, sums) -> {
            if (name.endsWith(".in_sum2")) {
                String weight = name.substring(0, name.length() - ".in_sum2".length());
                float count = reader.tensors.get(weight + ".counts")[0];
                float[] means = new float[sums.length];
                for (int i = 0; i < means.length; i++) {
                    means[i] = sums[i] / count;
                }
                importance.put(weight, Importance.of(means));
            }
        });
        return importance;
    }

    private void read() {
        file.position(8);
        int count = (int) file.getLong();
        int keys = (int) file.getLong();
        for (int k = 0; k < keys; k++) {
            string();
            skip(file.getInt());
        }
        Map<String, int[]> places = new HashMap<>();
        for (int t = 0; t < count; t++) {
            String name = string();
            int size = 1;
            for (int d = file.getInt(); d > 0; d--) {
                size *= (int) file.getLong();
            }
            file.getInt();
            places.put(name, new int[] {size, (int) file.getLong()});
        }
        int data = Math.ceilDiv(file.position(), ALIGNMENT) * ALIGNMENT;
        places.forEach((name, place) -> {
            float[] values = new float[place[0]];
            file.slice(data + place[1], values.length * Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
            tensors.put(name, values);
        });
    }

    private String string() {
        byte[] bytes = new byte[(int) file.getLong()];
        file.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void skip(int type) {
        switch (type) {
            case STRING -> string();
            case ARRAY -> {
                int element = file.getInt();
                for (long n = file.getLong(); n > 0; n--) {
                    skip(element);
                }
            }
            case 0, 1, 7 -> file.get();
            case 2, 3 -> file.getShort();
            case 4, 5, 6 -> file.getInt();
            default -> file.getLong();
        }
    }
}
