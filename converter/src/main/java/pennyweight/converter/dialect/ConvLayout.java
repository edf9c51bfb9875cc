package pennyweight.converter.dialect;

import pennyweight.formats.Shape;

/**
 * The dimensions that a depthwise convolution's weight is given. The bytes are the same in all of
 * them.
 */
public enum ConvLayout {
    /** {@code [channels, 1, kernel]}: Hugging Face, ONNX. */
    CHANNEL_ONE_KERNEL {
        @Override
        public Shape shape(long channels, long kernel) {
            return Shape.of(channels, 1, kernel);
        }
    },
    /** {@code [channels, kernel, 1]}: MLX. */
    CHANNEL_KERNEL_ONE {
        @Override
        public Shape shape(long channels, long kernel) {
            return Shape.of(channels, kernel, 1);
        }
    },
    /** {@code [channels, kernel]}: GGUF. */
    CHANNEL_KERNEL {
        @Override
        public Shape shape(long channels, long kernel) {
            return Shape.of(channels, kernel);
        }
    };

    public abstract Shape shape(long channels, long kernel);
}
