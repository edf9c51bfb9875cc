/** From a Hugging Face checkpoint to files and their verdicts. */
@NullMarked
package pennyweight.converter;

import org.jspecify.annotations.NullMarked;
