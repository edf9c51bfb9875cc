/** Numbers: encodings, kernels and how far an encoding is from its source. Knows no files. */
@NullMarked
package pennyweight.quantizer;

import org.jspecify.annotations.NullMarked;
