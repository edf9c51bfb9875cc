package pennyweight.converter.model.qwen35;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.dialect.HuggingFaceDialect;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import tools.jackson.databind.json.JsonMapper;

final class VisionConfigTest {
    private static final Path FILE = Path.of("model", "config.json");

    /** As many blocks as asked for, and the patch embedding. */
    private static Function<Role, Optional<Shape>> blocks(int n) {
        return role ->
                role.equals(Role.vision(Part.PATCH))
                                || (role.part() == Part.NORM1 && role.layer() < n)
                        ? Optional.of(Shape.of(1))
                        : Optional.empty();
    }

    private static Optional<VisionTower> read(String fields, int textWidth, int blocks) {
        return VisionConfig.read(
                FILE,
                JsonMapper.shared().readTree("{\"vision_config\":{" + fields + "}}"),
                textWidth,
                blocks(blocks));
    }

    @Test
    void readsTheTowersOfTheTestModels() {
        try (Checkpoint tiny = Checkpoint.open(Recorded.folder("tiny-qwen35"));
                Checkpoint micro4b = Checkpoint.open(Recorded.folder("micro4b"))) {
            assertEquals(
                    Optional.of(new VisionTower(2, 128, 2, 256, 16, 2, 2, 256, 3, 256)),
                    tiny.tower());
            assertEquals(
                    Optional.of(new VisionTower(3, 144, 2, 256, 16, 2, 2, 256, 3, 256)),
                    micro4b.tower());
            // 12 in each block, 9 outside: all that the checkpoint has below its prefix.
            VisionTower tower = micro4b.tower().orElseThrow();
            assertEquals(12 * 3 + 9, tower.tensors().size());
            assertEquals(
                    micro4b.tensors().stream()
                            .filter(t -> HuggingFaceDialect.isVision(t.name()))
                            .count(),
                    tower.tensors().size());
            for (TensorSpec spec : tower.tensors()) {
                assertTrue(micro4b.has(spec.role()), spec.role().toString());
            }
        }
    }

    @Test
    void fieldsThatAreLeftOutHaveTheDefaultsOfTheFamily() {
        assertEquals(
                Optional.of(new VisionTower(27, 1152, 16, 4304, 16, 2, 2, 2304, 3, 3584)),
                read("", 3584, 27));
    }

    @Test
    void aTextModelHasNoTower() {
        assertEquals(
                Optional.empty(),
                VisionConfig.read(FILE, JsonMapper.shared().readTree("{}"), 3584, blocks(27)));
        assertEquals(
                Optional.empty(),
                VisionConfig.read(
                        FILE,
                        JsonMapper.shared().readTree("{\"vision_config\":{}}"),
                        3584,
                        role -> Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"depth\":26; depth is 26",
                "\"depth\":2000000000; depth is 2000000000",
                "\"hidden_act\":\"silu\"; hidden_act is silu",
                "\"deepstack_visual_indexes\":[1]; deepstack_visual_indexes is not empty",
                "\"deepstack_visual_indexes\":3; deepstack_visual_indexes",
                "\"num_heads\":7; hidden_size is 1152, which gives no heads",
                "\"hidden_size\":1168; hidden_size is 1168",
                "\"patch_size\":60000; patch_size gives rows",
                "\"spatial_merge_size\":60000; spatial_merge_size gives rows",
                "\"num_position_embeddings\":2305; num_position_embeddings is 2305",
                "\"out_hidden_size\":1024; out_hidden_size is 1024",
                "\"in_channels\":0; in_channels is 0"
            })
    void whatCannotBeMeantIsRefusedByItsName(String fields, String named) {
        Refusal refusal = assertThrows(Refusal.class, () -> read(fields, 3584, 27));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("config.json: vision_config." + named), message);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void bothPrefixesAreNamed(boolean atTop) {
        HuggingFaceDialect dialect = new HuggingFaceDialect(true, atTop);
        VisionTower tower = read("", 3584, 27).orElseThrow();
        for (TensorSpec spec : tower.tensors()) {
            String name = dialect.name(spec.role());
            assertTrue(name.startsWith(atTop ? "visual." : "model.visual."), name);
            assertEquals(Optional.of(spec.role()), dialect.role(name));
        }
    }
}
