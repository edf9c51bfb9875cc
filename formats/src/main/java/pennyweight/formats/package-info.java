/** What every format shares: shapes, number types, tensor entries, and the one way to refuse. */
@NullMarked
package pennyweight.formats;

import org.jspecify.annotations.NullMarked;
