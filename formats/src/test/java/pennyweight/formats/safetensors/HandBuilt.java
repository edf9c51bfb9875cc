package pennyweight.formats.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** safetensors files put together byte by byte, sound or not. */
final class HandBuilt {
    private HandBuilt() {}

    static Path write(Path file, String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return write(file, json.length, json, dataBytes);
    }

    static Path write(Path file, long declaredLength, byte[] json, int dataBytes)
            throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(declaredLength).put(json);
        for (int i = 0; i < dataBytes; i++) {
            bytes.put((byte) i);
        }
        return Files.write(file, bytes.array());
    }

    /** A header's entry for a tensor of type U8. */
    static String u8(String name, int begin, int end) {
        return "\"%s\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[%d,%d]}"
                .formatted(name, end - begin, begin, end);
    }
}
