package pennyweight.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Copies that are broken on purpose. */
final class Damage {
    private Damage() {}

    /** Copies a folder or a file to {@code to}. */
    static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path p : walk.toList()) {
                Path target = to.resolve(from.relativize(p).toString());
                if (Files.isDirectory(p)) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(p, target);
                }
            }
        }
        return to;
    }

    /** Edits the object in a JSON file. */
    static void json(Path file, Consumer<ObjectNode> edit) throws IOException {
        ObjectNode root = (ObjectNode) JsonMapper.shared().readTree(Files.readAllBytes(file));
        edit.accept(root);
        Files.write(file, JsonMapper.shared().writeValueAsBytes(root));
    }

    /** Edits the header of a safetensors file; the data stay. */
    static void header(Path file, Consumer<ObjectNode> edit) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = Math.toIntExact(word(bytes));
        ObjectNode header = (ObjectNode) JsonMapper.shared().readTree(bytes, 8, length);
        edit.accept(header);
        byte[] json = JsonMapper.shared().writeValueAsBytes(header);
        ByteBuffer out =
                ByteBuffer.allocate(8 + json.length + bytes.length - 8 - length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(json.length).put(json).put(bytes, 8 + length, bytes.length - 8 - length);
        Files.write(file, out.array());
    }

    /** Where the data of a tensor of a safetensors file begins. */
    static int offset(Path file, String tensor) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = Math.toIntExact(word(bytes));
        ObjectNode header = (ObjectNode) JsonMapper.shared().readTree(bytes, 8, length);
        return 8 + length + header.path(tensor).path("data_offsets").path(0).asInt();
    }

    private static long word(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    }

    /** Overwrites bytes. */
    static void patch(Path file, long offset, byte... with) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        System.arraycopy(with, 0, bytes, Math.toIntExact(offset), with.length);
        Files.write(file, bytes);
    }

    /** Inverts a bit of each of some bytes. */
    static void flip(Path file, long offset, int count) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < count; i++) {
            bytes[Math.toIntExact(offset) + i] ^= 0x11;
        }
        Files.write(file, bytes);
    }

    /** Exchanges two ranges of one length. */
    static void swap(Path file, long a, long b, long length) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int n = Math.toIntExact(length);
        byte[] first = Arrays.copyOfRange(bytes, (int) a, (int) a + n);
        System.arraycopy(bytes, (int) b, bytes, (int) a, n);
        System.arraycopy(first, 0, bytes, (int) b, n);
        Files.write(file, bytes);
    }

    /** Replaces the one occurrence of a text by another of its length. */
    static void replace(Path file, String text, String by) throws IOException {
        String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        int at = content.indexOf(text);
        if (at < 0 || text.length() != by.length()) {
            throw new IllegalArgumentException(text + " is not in " + file);
        }
        patch(file, at, by.getBytes(StandardCharsets.ISO_8859_1));
    }

    static void truncate(Path file, int bytes) throws IOException {
        byte[] all = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(all, all.length - bytes));
    }
}
