package pennyweight.formats.gguf;

import pennyweight.formats.Shape;

/**
 * Where a tensor lies in a GGUF file.
 *
 * @param shape outermost dimension first: the reverse of ggml's {@code ne}
 * @param offset of the first byte, from the start of the file
 * @param bytes the length in bytes, without padding
 */
public record GgufTensor(String name, GgufType type, Shape shape, long offset, long bytes) {}
