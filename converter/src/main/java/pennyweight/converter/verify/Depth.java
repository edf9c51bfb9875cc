package pennyweight.converter.verify;

/** How much is judged. */
public enum Depth {
    /** Every tensor, all prompts. */
    FULL(256),
    /** The first, a middle and the last tile of every tensor, and the beginning of the prompts. */
    QUICK(48),
    /** Nothing. */
    NONE(0);

    private final int tokens;

    Depth(int tokens) {
        this.tokens = tokens;
    }

    /** Most tokens of the prompts. */
    public int tokens() {
        return tokens;
    }
}
