/** Tests of threads that share work. */
@NullMarked
package pennyweight.converter.work;

import org.jspecify.annotations.NullMarked;
