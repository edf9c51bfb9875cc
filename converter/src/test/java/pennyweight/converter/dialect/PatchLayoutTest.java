package pennyweight.converter.dialect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pennyweight.converter.model.HeadOrder;
import pennyweight.converter.model.Part;
import pennyweight.converter.model.PatchShape;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.TensorAxes;
import pennyweight.formats.Shape;

/** The filters of a patch embedding from one world to another and back. */
final class PatchLayoutTest {
    private static final int ROWS = 3;
    private static final Role PATCH = Role.vision(Part.PATCH);

    private static TensorAxes axes(PatchShape shape) {
        return new TensorAxes() {
            @Override
            public Optional<PatchShape> patch(Role role) {
                return role.part().whole() == Part.PATCH ? Optional.of(shape) : Optional.empty();
            }
        };
    }

    private static Conventions conventions(PatchLayout layout) {
        return new Conventions(
                NormWeight.MULTIPLIER,
                DecayForm.LOG,
                HeadOrder.GROUPED,
                ConvLayout.CHANNEL_KERNEL,
                layout);
    }

    private static float[] random(int n) {
        Random random = new Random(n);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    private static float[] apply(Transform transform, float[] source, int columns) {
        float[] target = new float[ROWS * transform.width(columns)];
        transform.apply(source, ROWS, columns, target);
        return target;
    }

    @ParameterizedTest
    @CsvSource({"3,2,16", "1,2,9", "4,3,1", "3,1,4"})
    void channelsGoLastAndComeBack(int channels, int frames, int area) {
        PatchShape shape = new PatchShape(channels, frames, area);
        TensorAxes axes = axes(shape);
        Conventions first = conventions(PatchLayout.CHANNELS_FIRST);
        Conventions last = conventions(PatchLayout.CHANNELS_LAST);
        float[] values = random(ROWS * shape.size());
        float[] moved = apply(first.to(last, axes, PATCH), values, shape.size());
        for (int r = 0; r < ROWS; r++) {
            for (int c = 0; c < channels; c++) {
                for (int p = 0; p < frames * area; p++) {
                    assertEquals(
                            values[r * shape.size() + c * frames * area + p],
                            moved[r * shape.size() + p * channels + c]);
                }
            }
        }
        assertArrayEquals(values, apply(last.to(first, axes, PATCH), moved, shape.size()));
    }

    @Test
    void framesAreThePiecesOfTheWhole() {
        PatchShape shape = new PatchShape(3, 2, 25);
        TensorAxes axes = axes(shape);
        Conventions first = conventions(PatchLayout.CHANNELS_FIRST);
        Conventions kernels = conventions(PatchLayout.TWO_KERNELS);
        float[] values = random(ROWS * shape.size());
        float[] sum = new float[values.length];
        List<Role> stored = kernels.stored(PATCH);
        assertEquals(2, stored.size());
        for (int frame = 0; frame < 2; frame++) {
            Transform transform = first.to(kernels, axes, stored.get(frame));
            float[] piece = apply(transform, values, shape.size());
            assertEquals(ROWS * 75, piece.length);
            for (int r = 0; r < ROWS; r++) {
                for (int c = 0; c < 3; c++) {
                    for (int p = 0; p < 25; p++) {
                        assertEquals(
                                values[((r * 3 + c) * 2 + frame) * 25 + p],
                                piece[(r * 3 + c) * 25 + p]);
                    }
                }
            }
            float[] back = new float[values.length];
            transform.restoreColumns(piece, ROWS, shape.size(), back);
            for (int i = 0; i < back.length; i++) {
                sum[i] += back[i];
            }
        }
        assertArrayEquals(values, sum);
    }

    @Test
    void shapesFollowTheLayout() {
        Shape shape = Shape.of(8, 3, 2, 16, 14);
        assertEquals(shape, conventions(PatchLayout.CHANNELS_FIRST).shape(PATCH, shape));
        assertEquals(
                Shape.of(8, 2, 16, 14, 3),
                conventions(PatchLayout.CHANNELS_LAST).shape(PATCH, shape));
        assertEquals(
                Shape.of(8, 3, 16, 14), conventions(PatchLayout.TWO_KERNELS).shape(PATCH, shape));
        assertEquals(Shape.of(8, 1344), Part.PATCH.matrix(shape));
        assertEquals(Shape.of(8, 672), Part.PATCH_FRAME_1.matrix(Shape.of(8, 3, 16, 14)));
    }

    @Test
    void oneKernelMakesNoWholeFilter() {
        TensorAxes axes = axes(new PatchShape(3, 2, 4));
        Conventions kernels = conventions(PatchLayout.TWO_KERNELS);
        Conventions first = conventions(PatchLayout.CHANNELS_FIRST);
        assertThrows(IllegalArgumentException.class, () -> kernels.to(first, axes, PATCH));
        assertThrows(IllegalArgumentException.class, () -> first.to(kernels, axes, PATCH));
    }

    @Test
    void equalLayoutsMoveNothing() {
        TensorAxes axes = axes(new PatchShape(3, 2, 4));
        for (PatchLayout layout : PatchLayout.values()) {
            Conventions c = conventions(layout);
            for (Role role : c.stored(PATCH)) {
                assertEquals(Transform.NONE, c.to(c, axes, role));
            }
        }
    }
}
