/** Positional reads and positional writes, the only two ways that bytes move here. */
@NullMarked
package pennyweight.formats.io;

import org.jspecify.annotations.NullMarked;
