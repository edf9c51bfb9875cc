package pennyweight.converter.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import pennyweight.converter.model.PatchGrid;
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
        return integers("input_ids");
    }

    int[] integers(String name) {
        TensorEntry entry = file.tensor(name).orElseThrow();
        LongBuffer ids =
                ByteBuffer.wrap(file.input().read(entry.offset(), (int) entry.bytes()))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asLongBuffer();
        long[] longs = new long[ids.remaining()];
        ids.get(longs);
        return Arrays.stream(longs).mapToInt(Math::toIntExact).toArray();
    }

    /** What the image processor made of the image. */
    Image image() {
        int[] grid = integers("grid");
        float[] values = floats("pixel_values");
        PatchGrid patches = new PatchGrid(grid[0], grid[1], grid[2], 2);
        return new Image(
                new Matrix(patches.patches(), values.length / patches.patches(), values), patches);
    }

    float[] floats(String name) {
        return Checkpoint.floats(file.input(), file.tensor(name).orElseThrow());
    }

    Logits logits() {
        return logits("logits");
    }

    Logits logits(String name) {
        TensorEntry entry = file.tensor(name).orElseThrow();
        return Logits.of(
                floats(name), (int) entry.shape().dimension(0), (int) entry.shape().dimension(1));
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
