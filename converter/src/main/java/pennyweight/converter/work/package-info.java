/** Threads that share work. */
@NullMarked
package pennyweight.converter.work;

import org.jspecify.annotations.NullMarked;
