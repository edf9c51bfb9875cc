package pennyweight.converter.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.work.Workers;
import pennyweight.formats.Bytes;
import pennyweight.formats.Shape;

final class GrowingFileTest {
    private static final int ROW_BYTES = 40_000;

    @TempDir private Path temp = Path.of("");

    /** Some rows of a plane. */
    private record Rows(GrowingFile.Place place, int first, byte[] bytes) {}

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /**
     * Planes with gaps between them, written by several threads in any order and digested at any
     * time: the digest is that of the bytes that stand in the file.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theDigestIsThatOfTheWholeFile(long seed) throws IOException, NoSuchAlgorithmException {
        Random random = new Random(seed);
        byte[] head = new byte[random.nextInt(2, 200)];
        random.nextBytes(head);
        List<Plane> planes = new ArrayList<>();
        long end = head.length;
        for (int p = 0; p < 12; p++) {
            long offset = end + random.nextInt(64);
            int rows = random.nextInt(1, 40);
            Path file = Path.of("model");
            Shape shape = Shape.of(rows, ROW_BYTES);
            planes.add(new Plane("plane " + p, "I8", shape, file, offset, ROW_BYTES, rows));
            end = offset + (long) rows * ROW_BYTES;
        }
        end += random.nextInt(64);
        byte[] expected = new byte[(int) end];
        System.arraycopy(head, 0, expected, 0, head.length);
        Path path = temp.resolve("model");
        try (GrowingFile file = GrowingFile.create(path, end, Bytes.of(head), planes);
                Workers workers = new Workers(3)) {
            List<Rows> all = new ArrayList<>();
            for (Plane plane : planes) {
                int step = random.nextInt(1, 20);
                for (int first = 0; first < plane.rows(); first += step) {
                    int count = (int) Math.min(step, plane.rows() - first);
                    byte[] bytes = new byte[count * ROW_BYTES];
                    random.nextBytes(bytes);
                    int at = (int) plane.offset() + first * ROW_BYTES;
                    System.arraycopy(bytes, 0, expected, at, bytes.length);
                    all.add(new Rows(file.place(plane), first, bytes));
                }
            }
            if (seed % 2 == 0) {
                Collections.shuffle(all, random);
            }
            workers.forEach(
                    all.size(),
                    (worker, i) -> {
                        Rows rows = all.get(i);
                        rows.place.write(rows.first, rows.bytes, 0, rows.bytes.length / ROW_BYTES);
                        file.digest();
                    });
            assertEquals(sha256(expected), file.sha256());
            assertEquals(end, file.size());
        }
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    @Test
    void aFileOfItsHeadAloneIsWholeAtOnce() throws IOException, NoSuchAlgorithmException {
        for (int bytes : new int[] {0, 1, 3 << 20}) {
            byte[] head = new byte[bytes];
            new Random(bytes).nextBytes(head);
            Path path = temp.resolve("of " + bytes);
            try (GrowingFile file = GrowingFile.create(path, bytes, Bytes.of(head), List.of())) {
                file.digest();
                assertEquals(sha256(head), file.sha256());
            }
            assertArrayEquals(head, Files.readAllBytes(path));
        }
    }
}
