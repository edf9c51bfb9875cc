package pennyweight.converter.dialect;

import java.util.List;
import pennyweight.converter.model.Part;
import pennyweight.formats.Shape;

/** How the filters of a patch embedding are stored. */
public enum PatchLayout {
    /** {@code [H, channels, time, row, column]}: Hugging Face, ONNX. */
    CHANNELS_FIRST {
        @Override
        Shape shape(Shape shape) {
            return shape;
        }
    },
    /** {@code [H, time, row, column, channels]}: MLX. */
    CHANNELS_LAST {
        @Override
        Shape shape(Shape shape) {
            return Shape.of(
                    shape.dimension(0),
                    shape.dimension(2),
                    shape.dimension(3),
                    shape.dimension(4),
                    shape.dimension(1));
        }
    },
    /**
     * Two tensors {@code [H, channels, row, column]}, one for each of two frames, whose results a
     * runtime adds: GGUF.
     */
    TWO_KERNELS {
        @Override
        Shape shape(Shape shape) {
            return Shape.of(
                    shape.dimension(0), shape.dimension(1), shape.dimension(3), shape.dimension(4));
        }

        @Override
        List<Part> stored() {
            return List.of(Part.PATCH_FRAME_0, Part.PATCH_FRAME_1);
        }
    };

    /** The shape of each stored tensor, of filters that Hugging Face stores in {@code shape}. */
    abstract Shape shape(Shape shape);

    /** The parts that {@link Part#PATCH} is stored as. */
    List<Part> stored() {
        return List.of(Part.PATCH);
    }
}
