/** Tests of what images become. */
@NullMarked
package pennyweight.converter.image;

import org.jspecify.annotations.NullMarked;
