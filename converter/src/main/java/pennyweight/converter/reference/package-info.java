/** The reference forward pass in float32. */
@NullMarked
package pennyweight.converter.reference;

import org.jspecify.annotations.NullMarked;
