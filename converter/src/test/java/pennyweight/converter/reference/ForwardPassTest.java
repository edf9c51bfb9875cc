package pennyweight.converter.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.verify.Divergence;

class ForwardPassTest {
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, hf.safetensors",
        "tiny-qwen35, hf-long.safetensors",
        "micro2b, hf.safetensors",
        "micro2b, hf-long.safetensors",
        "micro4b, hf.safetensors",
        "micro4b, hf-long.safetensors"
    })
    void logitsAreThoseOfTransformers(String name, String record) {
        Checkpoint checkpoint = Checkpoint.open(name);
        try (Golden golden = Golden.open(name, record);
                ForwardPass pass = new ForwardPass(checkpoint.model(), checkpoint, 2)) {
            int[] ids = golden.ids();
            Divergence d =
                    Divergence.between(
                            golden.logits(), pass.begin().prefill(ids), Divergence.next(ids));
            assertEquals(ids.length, d.tokens().size());
            assertTrue(d.maxDifference() <= 1e-4, "largest difference " + d.maxDifference());
            assertTrue(d.maxKl() <= 1e-9, "largest KL divergence " + d.maxKl());
            assertEquals(1, d.topAgreement());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro2b", "micro4b"})
    void hiddenStatesAreThoseOfTransformers(String name) {
        Checkpoint checkpoint = Checkpoint.open(name);
        Map<Integer, Matrix> hidden = new HashMap<>();
        try (Golden golden = Golden.open(name, "hf.safetensors");
                ForwardPass pass = new ForwardPass(checkpoint.model(), checkpoint, 2)) {
            pass.begin(hidden::put).prefill(golden.ids());
            assertEquals(checkpoint.model().layers() + 1, hidden.size());
            hidden.forEach((layers, x) -> {
                float[] expected = golden.floats("hidden." + layers);
                double worst = 0;
                for (int i = 0; i < expected.length; i++) {
                    worst = Math.max(worst, Math.abs(expected[i] - x.values()[i]));
                }
                assertEquals(expected.length, x.values().length);
                assertTrue(worst <= 2e-4, worst + " after layer " + layers);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, hf.safetensors",
        "tiny-qwen35, hf-long.safetensors",
        "micro2b, hf.safetensors",
        "micro4b, hf.safetensors"
    })
    void greedyTextIsThatOfTransformers(String name, String record) {
        Checkpoint checkpoint = Checkpoint.open(name);
        try (Golden golden = Golden.open(name, record);
                ForwardPass pass = new ForwardPass(checkpoint.model(), checkpoint, 2)) {
            int[] expected = golden.greedy();
            int[] chosen = new int[expected.length];
            Sequence sequence = pass.begin();
            Logits logits = sequence.prefill(golden.ids());
            for (int i = 0; i < chosen.length; i++) {
                chosen[i] = logits.greedy();
                logits = sequence.step(chosen[i]);
            }
            assertEquals(48, expected.length);
            assertArrayEquals(expected, chosen);
        }
    }

    /** Equal to the bit, which is more than two ways of summing could promise. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro2b", "micro4b"})
    void decodingGivesTheBitsOfPrefill(String name) {
        Checkpoint checkpoint = Checkpoint.open(name);
        int vocabulary = checkpoint.model().vocabulary();
        try (Golden golden = Golden.open(name, "hf-long.safetensors");
                ForwardPass pass = new ForwardPass(checkpoint.model(), checkpoint, 2)) {
            int[] ids = Arrays.copyOf(golden.ids(), 80);
            float[] whole = pass.begin().prefill(ids).all();
            Sequence sequence = pass.begin();
            for (int t = 0; t < ids.length; t++) {
                assertEquals(t, sequence.tokens());
                assertArrayEquals(
                        Arrays.copyOfRange(whole, t * vocabulary, (t + 1) * vocabulary),
                        sequence.step(ids[t]).all(),
                        "token " + t);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 70, 9", "33, 2, 45", "64, 15, 1"})
    void piecesAndWorkersDoNotMatter(int first, int second, int third) {
        Checkpoint checkpoint = Checkpoint.open("micro4b");
        int vocabulary = checkpoint.model().vocabulary();
        try (Golden golden = Golden.open("micro4b", "hf-long.safetensors");
                ForwardPass one = new ForwardPass(checkpoint.model(), checkpoint, 1);
                ForwardPass three = new ForwardPass(checkpoint.model(), checkpoint, 3)) {
            int[] ids = Arrays.copyOf(golden.ids(), first + second + third);
            float[] whole = one.begin().prefill(ids).all();
            Sequence sequence = three.begin();
            int at = 0;
            for (int piece : new int[] {first, second, third}) {
                float[] logits = sequence.prefill(Arrays.copyOfRange(ids, at, at + piece)).all();
                assertArrayEquals(
                        Arrays.copyOfRange(whole, at * vocabulary, (at + piece) * vocabulary),
                        logits);
                at += piece;
            }
        }
    }

    @Test
    void tiledValueHeadsComputeTheSame() {
        Checkpoint grouped = Checkpoint.open("micro4b");
        Checkpoint tiled = grouped.tiled();
        assertEquals(2, grouped.model().valueHeads() / grouped.model().keyHeads());
        try (Golden golden = Golden.open("micro4b", "hf-long.safetensors");
                ForwardPass pass = new ForwardPass(tiled.model(), tiled, 2);
                ForwardPass wrong = new ForwardPass(grouped.model(), tiled, 2)) {
            int[] ids = golden.ids();
            int[] next = Divergence.next(ids);
            Divergence d = Divergence.between(golden.logits(), pass.begin().prefill(ids), next);
            assertTrue(d.maxDifference() <= 1e-4, "largest difference " + d.maxDifference());
            Divergence mistaken =
                    Divergence.between(golden.logits(), wrong.begin().prefill(ids), next);
            assertTrue(mistaken.maxDifference() > 0.1, "the order of heads must show");
        }
    }

    @Test
    void refusesIdsBeyondTheVocabulary() {
        Checkpoint checkpoint = Checkpoint.open("micro2b");
        try (ForwardPass pass = new ForwardPass(checkpoint.model(), checkpoint, 1)) {
            Sequence sequence = pass.begin();
            assertThrows(IllegalArgumentException.class, () -> sequence.prefill(5, 2048));
            assertThrows(IllegalArgumentException.class, () -> sequence.prefill(-1));
            assertThrows(IllegalArgumentException.class, () -> sequence.prefill());
        }
    }
}
