package pennyweight.converter.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.model.PatchGrid;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.VisionOps;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.work.Workers;

class VisionPassTest {
    private static double worst(float[] expected, Matrix found) {
        assertEquals(expected.length, found.values().length);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) expected[i] - found.values()[i]));
        }
        return worst;
    }

    static ImageTokens embed(Checkpoint source, Image image, int jobs) {
        VisionTower tower = source.tower().orElseThrow();
        try (VisionPass pass = new VisionPass(tower, source.weights(tower), jobs)) {
            return pass.embed(image);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro2b", "micro4b"})
    void embeddingsAreThoseOfTransformers(String name) {
        try (Checkpoint source = Checkpoint.open(Recorded.folder(name));
                Golden golden = Golden.open(name, "hf.safetensors")) {
            ImageTokens found = embed(source, golden.image(), 2);
            assertEquals(77, found.embeddings().tokens());
            double worst = worst(golden.floats("vision_embeds"), found.embeddings());
            assertTrue(worst <= 1e-5, "largest difference " + worst);
        }
    }

    /** One that exchanges the two activations. */
    private static VisionOps<Matrix> swapped(ReferenceVisionOps ops) {
        return new VisionOps<>() {
            @Override
            public Matrix gelu(Matrix x) {
                return ops.geluTanh(x);
            }

            @Override
            public Matrix geluTanh(Matrix x) {
                return ops.gelu(x);
            }

            @Override
            public Matrix linear(Role weight, Role bias, Matrix x) {
                return ops.linear(weight, bias, x);
            }

            @Override
            public Matrix layerNorm(Role weight, Role bias, Matrix x, double epsilon) {
                return ops.layerNorm(weight, bias, x, epsilon);
            }

            @Override
            public Matrix positions(Role table, PatchGrid grid) {
                return ops.positions(table, grid);
            }

            @Override
            public Matrix rope(Matrix x, int heads, double theta, PatchGrid grid) {
                return ops.rope(x, heads, theta, grid);
            }

            @Override
            public Matrix attention(Matrix q, Matrix k, Matrix v, int heads, PatchGrid grid) {
                return ops.attention(q, k, v, heads, grid);
            }

            @Override
            public Matrix add(Matrix a, Matrix b) {
                return ops.add(a, b);
            }

            @Override
            public List<Matrix> split(Matrix x, int... widths) {
                return ops.split(x, widths);
            }

            @Override
            public Matrix join(Matrix x, int count) {
                return ops.join(x, count);
            }
        };
    }

    private static Matrix run(VisionTower tower, VisionOps<Matrix> ops, Image image) {
        Matrix x = tower.patches(ops, image.patches(), image.grid());
        for (int i = 0; i < tower.depth(); i++) {
            x = tower.block(ops, i, x, image.grid());
        }
        return tower.merge(ops, x);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro2b", "micro4b"})
    void exchangedActivationsShow(String name) {
        try (Checkpoint source = Checkpoint.open(Recorded.folder(name));
                Golden golden = Golden.open(name, "hf.safetensors");
                Workers workers = new Workers(2)) {
            VisionTower tower = source.tower().orElseThrow();
            ReferenceVisionOps ops = new ReferenceVisionOps(source.weights(tower), workers);
            float[] expected = golden.floats("vision_embeds");
            double right = worst(expected, run(tower, ops, golden.image()));
            double wrong = worst(expected, run(tower, swapped(ops), golden.image()));
            assertTrue(right <= 1e-5, "as they are: " + right);
            assertTrue(wrong > 5e-5, "exchanged: " + wrong);
        }
    }

    @Test
    void workersDoNotMatter() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"));
                Golden golden = Golden.open("micro4b", "hf.safetensors")) {
            assertArrayEquals(
                    embed(source, golden.image(), 1).embeddings().values(),
                    embed(source, golden.image(), 3).embeddings().values());
        }
    }

    /** Two frames are two images: neither sees the other. */
    @Test
    void framesDoNotSeeEachOther() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"));
                Golden golden = Golden.open("tiny-qwen35", "hf.safetensors")) {
            Image one = golden.image();
            int numbers = one.patches().values().length;
            float[] both = new float[2 * numbers];
            System.arraycopy(one.patches().values(), 0, both, 0, numbers);
            for (int i = 0; i < numbers; i++) {
                both[numbers + i] = -one.patches().values()[i];
            }
            Matrix rows = new Matrix(2 * one.grid().patches(), one.patches().width(), both);
            PatchGrid twice = new PatchGrid(2, one.grid().rows(), one.grid().columns(), 2);
            Matrix found = embed(source, new Image(rows, twice), 2).embeddings();
            Matrix alone = embed(source, one, 2).embeddings();
            assertArrayEquals(alone.values(), found.slice(0, alone.tokens()).values());
        }
    }

    @Test
    void refusesPatchesOfAnotherSize() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"))) {
            PatchGrid grid = new PatchGrid(1, 2, 2, 2);
            Image narrow = new Image(Matrix.zeros(4, 768), grid);
            assertThrows(IllegalArgumentException.class, () -> embed(source, narrow, 1));
            PatchGrid single = new PatchGrid(1, 2, 2, 1);
            Image unmerged = new Image(Matrix.zeros(4, 1536), single);
            assertThrows(IllegalArgumentException.class, () -> embed(source, unmerged, 1));
            Matrix three = Matrix.zeros(3, 1536);
            assertThrows(IllegalArgumentException.class, () -> new Image(three, grid));
        }
    }
}
