/**
 * GGUF, the container of llama.cpp: metadata by key, then tensors in blocks of its own number
 * types. Facts from ggml {@code docs/gguf.md}, {@code src/gguf.cpp} and {@code include/ggml.h}.
 */
@NullMarked
package pennyweight.formats.gguf;

import org.jspecify.annotations.NullMarked;
