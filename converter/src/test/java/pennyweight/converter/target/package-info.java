/** Tests of the targets against files that the real tools wrote. */
@NullMarked
package pennyweight.converter.target;

import org.jspecify.annotations.NullMarked;
