/** From the pixels of an image to what a vision tower takes. */
@NullMarked
package pennyweight.converter.image;

import org.jspecify.annotations.NullMarked;
