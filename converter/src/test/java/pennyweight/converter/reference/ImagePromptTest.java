package pennyweight.converter.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.image.PixelPatches;
import pennyweight.converter.image.Pixels;
import pennyweight.converter.model.PatchGrid;
import pennyweight.converter.model.Rotary;
import pennyweight.converter.model.TokenPositions;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.verify.Divergence;

class ImagePromptTest {
    private static int imageToken(Checkpoint source) {
        return source.folder().config().path("image_token_id").intValue();
    }

    private static int[] axis(TokenPositions positions, Rotary.Axis axis) {
        int[] all = new int[positions.tokens()];
        Arrays.setAll(all, t -> positions.get(axis, t));
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro2b", "micro4b"})
    void logitsAreThoseOfTransformers(String name) {
        try (Checkpoint source = Checkpoint.open(Recorded.folder(name));
                Golden golden = Golden.open(name, "hf.safetensors");
                ForwardPass pass = new ForwardPass(source.model(), source.weights(), 2)) {
            int[] ids = golden.integers("image_input_ids");
            ImageTokens image = VisionPassTest.embed(source, golden.image(), 2);
            Prompt prompt = new Prompt(new Tokens(ids), imageToken(source), List.of(image));
            Divergence d =
                    Divergence.between(
                            golden.logits("image_logits"),
                            pass.begin().prefill(prompt),
                            Divergence.next(ids));
            assertTrue(d.maxDifference() <= 5e-4, "largest difference " + d.maxDifference());
            assertTrue(d.maxKl() <= 1e-8, "largest KL divergence " + d.maxKl());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro2b", "micro4b"})
    void positionsAreThoseOfTransformers(String name) {
        try (Checkpoint source = Checkpoint.open(Recorded.folder(name));
                Golden golden = Golden.open(name, "hf.safetensors")) {
            int[] ids = golden.integers("image_input_ids");
            TokenPositions positions =
                    TokenPositions.of(ids, imageToken(source), List.of(golden.image().grid()), 0);
            int[] all = new int[0];
            for (Rotary.Axis axis : Rotary.Axis.values()) {
                int[] own = axis(positions, axis);
                all = Arrays.copyOf(all, all.length + own.length);
                System.arraycopy(own, 0, all, all.length - own.length, own.length);
            }
            assertArrayEquals(golden.integers("position_ids"), all);
            assertEquals(22 - 88, positions.delta());
        }
    }

    @Test
    void positionsOfSeveralImagesFollowEachOther() {
        int[] ids = {1, 9, 9, 9, 9, 9, 9, 2, 9, 9, 3};
        List<PatchGrid> grids = List.of(new PatchGrid(1, 4, 6, 2), new PatchGrid(1, 4, 2, 2));
        TokenPositions p = TokenPositions.of(ids, 9, grids, 10);
        assertArrayEquals(
                new int[] {10, 11, 11, 11, 11, 11, 11, 14, 15, 15, 17}, axis(p, Rotary.Axis.TIME));
        assertArrayEquals(
                new int[] {10, 11, 11, 11, 12, 12, 12, 14, 15, 16, 17},
                axis(p, Rotary.Axis.HEIGHT));
        assertArrayEquals(
                new int[] {10, 11, 12, 13, 11, 12, 13, 14, 15, 15, 17}, axis(p, Rotary.Axis.WIDTH));
        assertEquals(18, p.next());
        assertEquals(18 - 10 - 11, p.delta());
    }

    @Test
    void refusesPlacesThatImagesDoNotFill() {
        List<PatchGrid> one = List.of(new PatchGrid(1, 2, 4, 2));
        List<PatchGrid> two = List.of(one.getFirst(), one.getFirst());
        for (int[] ids : List.of(new int[] {1, 9, 2}, new int[] {9, 9, 9}, new int[] {1, 2})) {
            assertThrows(IllegalArgumentException.class, () -> TokenPositions.of(ids, 9, one, 0));
        }
        // As many places as two images have tokens, but not as these lie.
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenPositions.of(new int[] {9, 9, 9, 1, 9}, 9, two, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenPositions.of(new int[] {9, 9}, 9, List.of(), 0));
        PatchGrid video = new PatchGrid(2, 2, 2, 2);
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenPositions.of(new int[] {9, 9}, 9, List.of(video), 0));
    }

    /** Heights take the pairs 1, 4, 7 ..., widths 2, 5, ..., and time what is left. */
    @Test
    void sectionsAreInterleaved() {
        Rotary rotary = new Rotary(256, 64, 1e7, List.of(11, 11, 10));
        StringBuilder axes = new StringBuilder();
        for (int i = 0; i < 32; i++) {
            axes.append(rotary.axis(i).name().charAt(0));
        }
        assertEquals("THWTHWTHWTHWTHWTHWTHWTHWTHWTHWTH", axes.toString());
        Rotary few = new Rotary(64, 16, 1e7, List.of(5, 1, 2));
        assertEquals(Rotary.Axis.HEIGHT, few.axis(1));
        assertEquals(Rotary.Axis.TIME, few.axis(4));
        assertEquals(Rotary.Axis.WIDTH, few.axis(5));
        assertEquals(Rotary.Axis.TIME, few.axis(7));
    }

    private static ImageTokens small(Checkpoint source) {
        Pixels pixels = Pixels.of(1, 64, 96, (t, c, y, x) -> x * 5 + y * 3 + c * 40);
        return VisionPassTest.embed(
                source, PixelPatches.of(pixels, source.tower().orElseThrow()), 2);
    }

    /** Tokens decoded after an image stand where they would in one piece: bit for bit. */
    @Test
    void decodingAfterAnImageGivesTheBitsOfPrefill() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"));
                ForwardPass pass = new ForwardPass(source.model(), source.weights(), 2)) {
            int pad = imageToken(source);
            int[] ids = {5, 6, pad, pad, pad, pad, pad, pad, 7, 300, 41};
            int vocabulary = source.model().vocabulary();
            List<ImageTokens> images = List.of(small(source));
            float[] whole = pass.begin().prefill(new Prompt(new Tokens(ids), pad, images)).all();
            Sequence pieces = pass.begin();
            pieces.prefill(5, 6);
            pieces.prefill(new Prompt(new Tokens(Arrays.copyOfRange(ids, 2, 9)), pad, images));
            for (int t = 9; t < ids.length; t++) {
                assertArrayEquals(
                        Arrays.copyOfRange(whole, t * vocabulary, (t + 1) * vocabulary),
                        pieces.step(ids[t]).all(),
                        "token " + t);
            }
            assertEquals(ids.length, pieces.tokens());
        }
    }

    @Test
    void whatDoesNotFitTheDecoderIsRefused() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"));
                ForwardPass pass = new ForwardPass(source.model(), source.weights(), 1)) {
            int pad = imageToken(source);
            PatchGrid grid = new PatchGrid(1, 2, 2, 2);
            ImageTokens narrow = new ImageTokens(Matrix.zeros(1, 8), grid);
            Prompt prompt = new Prompt(new Tokens(1, pad), pad, List.of(narrow));
            assertThrows(IllegalArgumentException.class, () -> pass.begin().prefill(prompt));
            Prompt missing = new Prompt(new Tokens(1, 2), pad, List.of(narrow));
            assertThrows(IllegalArgumentException.class, () -> pass.begin().prefill(missing));
            Matrix two = Matrix.zeros(2, 8);
            assertThrows(IllegalArgumentException.class, () -> new ImageTokens(two, grid));
            TokenSequence text = ids -> Logits.of(new float[4], 1, 4);
            assertThrows(IllegalArgumentException.class, () -> text.prefill(prompt));
        }
    }
}
