/** Tests of the whole job. */
@NullMarked
package pennyweight.converter;

import org.jspecify.annotations.NullMarked;
