/** How rows of numbers become bytes and back. Knows no files and no models. */
@NullMarked
package pennyweight.quantizer.encoding;

import org.jspecify.annotations.NullMarked;
