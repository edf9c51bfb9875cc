package pennyweight.converter.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.model.PatchGrid;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.reference.Image;
import tools.jackson.databind.JsonNode;

class ImageTest {
    private static final JsonNode RECORD = Recorded.json("images/qwen2-vl");
    private static final VisionTower TOWER = new VisionTower(1, 128, 2, 256, 16, 2, 2, 256, 3, 256);

    record Size(int height, int width, int wantedHeight, int wantedWidth, ImageSize.Limits limits) {
        static Stream<Size> of(String record) {
            JsonNode node = RECORD.path(record);
            ImageSize.Limits limits =
                    new ImageSize.Limits(
                            node.path("factor").intValue(),
                            node.path("minPixels").longValue(),
                            node.path("maxPixels").longValue());
            return node.path("sizes")
                    .valueStream()
                    .map(s ->
                            new Size(
                                    s.path(0).intValue(),
                                    s.path(1).intValue(),
                                    s.path(2).intValue(),
                                    s.path(3).intValue(),
                                    limits));
        }
    }

    static Stream<Size> sizes() {
        return Stream.concat(Size.of("resize"), Size.of("resizeSmall"));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void sizesAreThoseOfTransformers(Size size) {
        ImageSize image = new ImageSize(size.height, size.width);
        if (size.wantedHeight == 0) {
            assertThrows(IllegalArgumentException.class, () -> image.fitted(size.limits));
        } else {
            assertEquals(
                    new ImageSize(size.wantedHeight, size.wantedWidth), image.fitted(size.limits));
        }
    }

    @Test
    void theRulesOfSizes() {
        ImageSize.Limits limits = ImageSize.Limits.QWEN35;
        assertEquals(limits, Size.of("resize").findFirst().orElseThrow().limits);
        // 272 and 400 lie halfway between multiples of 32: to the even one.
        assertEquals(new ImageSize(256, 256), new ImageSize(272, 240).fitted(limits));
        assertEquals(new ImageSize(384, 576), new ImageSize(400, 592).fitted(limits));
        assertThrows(IllegalArgumentException.class, () -> new ImageSize(0, 5));
        assertThrows(IllegalArgumentException.class, () -> new ImageSize(201, 1).fitted(limits));
    }

    private static Pixels formula(int frames) {
        int height = RECORD.path("patches").path("height").intValue();
        int width = RECORD.path("patches").path("width").intValue();
        return Pixels.of(
                frames,
                height,
                width,
                (t, c, y, x) -> 7 * x + 13 * y + 61 * c + x * y / 11 + 99 * t);
    }

    @Test
    void patchesLieAsThoseOfTransformers() throws NoSuchAlgorithmException {
        Image image = PixelPatches.of(formula(1), TOWER);
        assertEquals(new PatchGrid(1, 4, 6, 2), image.grid());
        float[] values = image.patches().values();
        byte[] pixels = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            pixels[i] = (byte) Math.rint(values[i] * 127.5 + 127.5);
        }
        assertEquals(
                RECORD.path("patches").path("sha256").asString(),
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(pixels)));
    }

    @Test
    void framesOfAPatchStandBesideEachOther() {
        float[] first = PixelPatches.of(formula(1), TOWER).patches().values();
        Image both = PixelPatches.of(formula(2), TOWER);
        assertEquals(1, both.grid().frames());
        float[] values = both.patches().values();
        for (int i = 0; i < values.length; i++) {
            boolean second = i / 256 % 2 == 1;
            int one = (int) Math.rint(first[i] * 127.5 + 127.5);
            int wanted = second ? (one + 99) % 256 : one;
            assertEquals(wanted, (int) Math.rint(values[i] * 127.5 + 127.5), "number " + i);
        }
        assertEquals(2, PixelPatches.of(formula(4), TOWER).grid().frames());
        assertThrows(IllegalArgumentException.class, () -> PixelPatches.of(formula(3), TOWER));
    }

    @Test
    void patchesAreCountedInSquares() {
        PatchGrid grid = new PatchGrid(2, 4, 6, 2);
        int[] rows = new int[12];
        int[] columns = new int[12];
        for (int p = 0; p < 12; p++) {
            rows[p] = grid.row(24 + 6 + p);
            columns[p] = grid.column(24 + 6 + p);
        }
        assertArrayEquals(new int[] {1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2}, rows);
        assertArrayEquals(new int[] {2, 3, 4, 5, 4, 5, 0, 1, 0, 1, 2, 3}, columns);
        assertEquals(48, grid.patches());
        assertEquals(12, grid.tokens());
        assertThrows(IllegalArgumentException.class, () -> new PatchGrid(1, 3, 4, 2));
    }

    @Test
    void refusesPixelsThatAreNoPatches() {
        Pixels narrow = Pixels.of(1, 32, 40, (t, c, y, x) -> 0);
        assertThrows(IllegalArgumentException.class, () -> PixelPatches.of(narrow, TOWER));
        Pixels odd = Pixels.of(1, 48, 32, (t, c, y, x) -> 0);
        assertThrows(IllegalArgumentException.class, () -> PixelPatches.of(odd, TOWER));
        assertThrows(IndexOutOfBoundsException.class, () -> new Pixels(1, 2, 2, new byte[11]));
    }
}
