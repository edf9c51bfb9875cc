package pennyweight.converter.reference;

/**
 * Whatever turns tokens into logits: the reference forward pass, or a written graph under its
 * evaluator.
 */
public interface LanguageModel extends AutoCloseable {
    /** A new sequence of tokens. */
    TokenSequence begin();

    @Override
    void close();
}
