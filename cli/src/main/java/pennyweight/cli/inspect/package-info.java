/** Looks into files of every format, whether or not they can be computed with. */
@NullMarked
package pennyweight.cli.inspect;

import org.jspecify.annotations.NullMarked;
