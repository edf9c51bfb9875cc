/** Hugging Face model folders. */
@NullMarked
package pennyweight.formats.hf;

import org.jspecify.annotations.NullMarked;
