/** One class a format: lays a plan out, and opens a written file as a stranger would. */
@NullMarked
package pennyweight.converter.target;

import org.jspecify.annotations.NullMarked;
