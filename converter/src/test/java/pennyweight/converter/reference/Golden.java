package pennyweight.converter.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import pennyweight.formats.TensorEntry;
import pennyweight.formats.safetensors.SafetensorsFile;
import tools.jackson.databind.json.JsonMapper;

/** What transformers computed in float32, recorded. */
final class Golden implements AutoCloseable {
    private final SafetensorsFile file;

    private Golden(SafetensorsFile file) {
        this.file = file;
    }

    static Golden open(String model, String record) {
        Path path = Checkpoint.testData().resolve("golden").resolve(model).resolve(record);
        return new Golden(SafetensorsFile.open(path));
    }

    int[] ids() {
        TensorEntry entry = file.tensor("input_ids").orElseThrow();
        LongBuffer ids =
                ByteBuffer.wrap(file.input().read(entry.offset(), (int) entry.bytes()))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer();
        long[] longs = new long[ids.remaining()];
        ids.get(longs);
        return Arrays.stream(longs).mapToInt(Math::toIntExact).toArray();
    }

    float[] floats(String name) {
        return Checkpoint.floats(file.input(), file.tensor(name).orElseThrow());
    }

    Logits logits() {
        TensorEntry entry = file.tensor("logits").orElseThrow();
        return Logits.of(
                floats("logits"),
                (int) entry.shape().dimension(0),
                (int) entry.shape().dimension(1));
    }

    /** The 48 ids that transformers chooses after the text. */
    int[] greedy() {
        return JsonMapper.shared().readValue(file.metadata().get("greedy"), int[].class);
    }

    @Override
    public void close() {
        file.close();
    }
}
