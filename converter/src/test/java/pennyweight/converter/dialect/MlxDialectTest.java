package pennyweight.converter.dialect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.TensorSpec;
import pennyweight.converter.model.qwen35.VisionTower;

/** The names of MLX folders, those of the vision tower among them. */
class MlxDialectTest {
    private static final MlxDialect DIALECT = new MlxDialect();

    @Test
    void everyTensorOfTheTowerHasANameThatLeadsBack() {
        VisionTower tower = new VisionTower(2, 64, 4, 128, 16, 2, 2, 16, 3, 64);
        for (TensorSpec spec : tower.tensors()) {
            String name = DIALECT.name(spec.role());
            assertEquals(Optional.of(spec.role()), DIALECT.role(name), name);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-1, PATCH, vision_tower.patch_embed.proj.weight",
        "-1, MERGER_FC2_BIAS, vision_tower.merger.linear_fc2.bias",
        "1, QKV, vision_tower.blocks.1.attn.qkv.weight"
    })
    void theTowerHasTheNamesOfMlxVlm(int block, Part part, String name) {
        assertEquals(name, DIALECT.name(Role.vision(block, part)));
    }

    @Test
    void predictionHeadsHaveNoName() {
        Role fc = new Role(Scope.MTP, -1, Part.MTP_FC);
        assertThrows(IllegalArgumentException.class, () -> DIALECT.name(fc));
        assertEquals(Optional.empty(), DIALECT.role("mtp.fc.weight"));
        assertEquals(Optional.empty(), DIALECT.role("model.visual.patch_embed.proj.weight"));
    }
}
