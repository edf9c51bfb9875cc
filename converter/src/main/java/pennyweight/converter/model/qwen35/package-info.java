/** Qwen3.5: a hybrid of gated delta net and gated attention. */
@NullMarked
package pennyweight.converter.model.qwen35;

import org.jspecify.annotations.NullMarked;
