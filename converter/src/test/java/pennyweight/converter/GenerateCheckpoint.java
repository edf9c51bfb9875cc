package pennyweight.converter;

import java.nio.file.Path;

/**
 * Writes a random checkpoint for comparisons with other programs.
 *
 * <p>Usage: {@code GenerateCheckpoint BASE OUT SHAPE}, where BASE is a small checkpoint whose
 * tokenizer is taken, and SHAPE is {@code 0.8B} (the published dimensions) or {@code odd}: rows of
 * 320, 576 and 640, which no type of 256 takes, and three value heads for each key head.
 */
public final class GenerateCheckpoint {
    private GenerateCheckpoint() {}

    public static void main(String[] args) {
        Path base = Path.of(args[0]);
        RandomCheckpoint checkpoint =
                switch (args[2]) {
                    case "0.8B" -> RandomCheckpoint.published(base, 24);
                    case "odd" -> odd(base);
                    default -> throw new IllegalArgumentException("no shape " + args[2]);
                };
        checkpoint.write(Path.of(args[1]), 1);
    }

    /** Rows that no type of 256 takes; more value heads than key heads. */
    public static RandomCheckpoint odd(Path base) {
        return new RandomCheckpoint(base)
                .text("hidden_size", 320)
                .text("intermediate_size", 576)
                .text("num_attention_heads", 8)
                .text("num_key_value_heads", 2)
                .text("head_dim", 64)
                .text("linear_num_key_heads", 3)
                .text("linear_num_value_heads", 9)
                .text("linear_key_head_dim", 64)
                .text("linear_value_head_dim", 64)
                .layers(8)
                .vision("hidden_size", 144)
                .vision("intermediate_size", 320)
                .vision("num_heads", 2);
    }
}
